import { expect, test } from "vitest";
import type { Task } from "../live/city";
import type { MoveItem, TaskVerb } from "../queue/store";
import { lists, seen } from "./work";

const clock = { due_at: "2026-01-01T02:00:00Z", done_at: null, state: "running" };
const aTask = (more: Partial<Task> = {}): Task => ({
  id: "t1",
  number: 7,
  incident_id: "i1",
  category: "flooding",
  state: "assigned",
  priority: 1,
  severity: "severe",
  agency_id: "sda",
  agency_name: "SDA",
  area_id: "a",
  area_name: "Manggarai",
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  acknowledge: clock,
  first_action: clock,
  resolve: clock,
  escalation: 0,
  finished: false,
  assignee_id: "budi",
  verbs: ["accept", "decline", "dismiss"],
  ...more,
});
const waiting = (verb: TaskVerb, more: Partial<MoveItem> = {}): MoveItem => ({
  id: verb,
  at: "2026-01-01T00:01:00Z",
  line: "task:t1",
  kind: "move",
  taskId: "t1",
  number: 7,
  verb,
  note: "",
  photo: null,
  ...more,
});

test("what was done without a signal counts at once", () => {
  const after = seen(aTask(), [waiting("accept"), waiting("arrive")]);
  expect(after.state).toBe("on_site");
  expect(after.verbs).toContain("resolve");
});

test("what the server refused does not count", () => {
  expect(seen(aTask(), [waiting("accept", { refused: "taken by another" })]).state).toBe("assigned");
});

test("only what the table and the server both allow is offered", () => {
  expect(seen(aTask(), []).verbs).toEqual(["accept", "decline"]);
  expect(seen(aTask({ verbs: [] }), []).verbs).toEqual([]);
});

test("a resolved task leaves the list of mine, a free one may be taken", () => {
  const free = aTask({ id: "t2", state: "open", assignee_id: null, verbs: ["accept"] });
  const { mine, free: open } = lists([aTask(), free], [waiting("accept"), waiting("resolve")], "budi");
  expect(mine).toEqual([]);
  expect(open.map((one) => one.task.id)).toEqual(["t2"]);
});
