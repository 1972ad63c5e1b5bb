import { describe, expect, it } from "vitest";
import type { Incident, Task } from "../live/city";
import { bySeverity, isOverdue, runningTasks } from "./queue";

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
