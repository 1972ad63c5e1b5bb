import { expect, test } from "vitest";
import type { Task } from "../live/city";
import type { Item, MoveItem, TaskVerb } from "../queue/store";
import { lists, newer, seen, unsentChecks } from "./work";

const deadline = { due_at: "2026-01-01T02:00:00Z", done_at: null, state: "running" };
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
  acknowledge: deadline,
  first_action: deadline,
  resolve: deadline,
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

test("what builds on something refused does not count either", () => {
  const line = [waiting("accept", { refused: "taken by another" }), waiting("arrive"), waiting("resolve")];
  expect(seen(aTask(), line).state).toBe("assigned");
});

test("of two answers about a task the later is shown", () => {
  const later = aTask({ state: "accepted", updated_at: "2026-01-01T00:02:00Z" });
  expect(newer(aTask(), later)).toBe(later);
  expect(newer(later, aTask())).toBe(later);
  expect(newer(undefined, later)).toBe(later);
});

test("a tick counts before it is sent, the latest of them", () => {
  const tick = (id: string, done: boolean): Item => ({ ...waiting("accept"), id, kind: "check", item: "signs", done });
  expect(unsentChecks(aTask(), [tick("1", true), tick("2", false)])).toEqual(new Map([["signs", false]]));
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
