import { describe, expect, it } from "vitest";
import type { Incident, Task } from "../../live/city";
import { bySeverity, displaced, filtered, isOverdue, progressOf, runningTasks, steadied } from "./queue";

const incident = (id: string, more: Partial<Incident>): Incident =>
  ({
    id,
    state: "open",
    severity: "minor",
    confidence: 0.5,
    verdict: null,
    began_at: "2026-01-15T08:00:00Z",
    ...more,
  }) as Incident;

const deadline = (due_at: string, more = {}): Task["resolve"] =>
  ({ due_at, done_at: null, state: "running", ...more }) as Task["resolve"];

const task = (id: string, due: string, more: Partial<Task> = {}): Task =>
  ({
    id,
    finished: false,
    priority: 2,
    acknowledge: deadline(due),
    first_action: deadline(due),
    resolve: deadline(due),
    ...more,
  }) as Task;

const NOON = Date.parse("2026-01-15T12:00:00Z");

describe("the order of the queue", () => {
  it("puts grave and believed incidents first and leaves out what is over", () => {
    const found = bySeverity([
      incident("small", {}),
      incident("grave", { severity: "severe" }),
      incident("over", { severity: "severe", state: "closed" }),
      incident("believed", { severity: "severe", confidence: 0.9 }),
    ]);
    expect(found.map((one) => one.id)).toEqual(["believed", "grave", "small"]);
  });

  it("lets what a person has judged wait behind what nobody has looked at", () => {
    const judged = incident("judged", { severity: "moderate", confidence: 0.9, verdict: "confirmed" });
    const fresh = incident("fresh", { severity: "moderate", confidence: 0.6 });
    expect(bySeverity([judged, fresh])[0]?.id).toBe("fresh");
  });
});

describe("the category", () => {
  it("puts a flood at Siaga 1 before trash and parking that are as severe and surer", () => {
    const flood = incident("flood", { category: "flooding", severity: "severe", confidence: 0.6 });
    const trash = incident("trash", { category: "trash", severity: "severe", confidence: 1 });
    const parking = incident("parking", { category: "illegal_parking", severity: "severe", confidence: 1 });
    const moderate = incident("moderate", { category: "flooding", severity: "moderate", confidence: 0.6 });
    const found = bySeverity([trash, parking, moderate, flood]).map((one) => one.id);
    expect(found.slice(0, 2)).toEqual(["flood", "moderate"]);
  });
});

describe("rows before somebody's hand", () => {
  const [a, b, c] = ["a", "b", "c"].map((id) => incident(id, {})) as [Incident, Incident, Incident];

  it("stay where they lie, new ones follow and those that left are gone", () => {
    expect(steadied(["a", "b"], [c, b, a]).map((one) => one.id)).toEqual(["a", "b", "c"]);
    expect(steadied(["a", "b"], [b]).map((one) => one.id)).toEqual(["b"]);
    expect(steadied([], [c, a]).map((one) => one.id)).toEqual(["c", "a"]);
  });

  it("are counted where they would stand elsewhere", () => {
    expect(displaced([a, b], [a, b])).toBe(0);
    expect(displaced([a, b, c], [b, a, c])).toBe(2);
  });
});

describe("the filter", () => {
  const text = (one: Incident): string => `#${one.number} ${one.category} ${one.area_name}`;
  const all = [
    incident("a", { number: 12, category: "flooding", area_name: "Kampung Melayu", task_state: "review" }),
    incident("b", { number: 7, category: "trash", area_name: "Manggarai", task_state: null }),
    incident("c", { number: 112, category: "flooding", area_name: "Manggarai", task_state: "on_site" }),
  ];
  const ids = (filter: Partial<Parameters<typeof filtered>[1]>): string[] =>
    filtered(all, { words: "", category: "", progress: "", ...filter }, text).map((one) => one.id);

  it("finds by words in any sequence, by category and by progress, and by all of them at once", () => {
    expect(ids({})).toEqual(["a", "b", "c"]);
    expect(ids({ words: "melayu KAMPUNG" })).toEqual(["a"]);
    expect(ids({ words: "#12 " })).toEqual(["a"]);
    expect(ids({ category: "flooding" })).toEqual(["a", "c"]);
    expect(ids({ progress: "underway" })).toEqual(["c"]);
    expect(ids({ words: "manggarai", category: "flooding" })).toEqual(["c"]);
  });

  it("takes what no officer was sent to as not sent, with or without a task", () => {
    expect(all.map(progressOf)).toEqual(["review", "unsent", "underway"]);
    expect(progressOf(incident("d", { task_state: "open" }))).toBe("unsent");
    expect(progressOf(incident("e", { task_state: "verified" }))).toBe("resolved");
  });
});

describe("late tasks", () => {
  it("come first, unless their clock is stopped or they are done", () => {
    const overdue = task("late", "2026-01-15T11:00:00Z", { priority: 4 });
    const urgent = task("urgent", "2026-01-15T13:00:00Z", { priority: 1 });
    expect(runningTasks([urgent, overdue], NOON).map((one) => one.id)).toEqual(["late", "urgent"]);
    const stopped = deadline("2026-01-15T11:00:00Z", { state: "paused" });
    expect(isOverdue(task("x", "", { acknowledge: stopped, first_action: stopped, resolve: stopped }), NOON)).toBe(
      false,
    );
    expect(isOverdue({ ...overdue, finished: true }, NOON)).toBe(false);
  });
});
