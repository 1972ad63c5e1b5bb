import { describe, expect, it } from "vitest";
import type { FloodState, Gauge, Incident, Task } from "../../live/city";
import type { CoverageGap } from "../coverage/coverage";
import { floodedOnes, highOnes, lostOnes, undecidedOnes, unverifiedOnes } from "./needs";

const ids = (found: readonly { readonly id: string }[]): string[] => found.map((one) => one.id);

const incident = (id: string, more: Partial<Incident>): Incident =>
  ({ id, state: "open", severity: "minor", confidence: 0.5, verdict: null, began_at: "", ...more }) as Incident;

const hole = (id: string, since: string | null, isMasked = false): CoverageGap => ({
  id,
  kind: "gauge",
  name: id,
  lat: 0,
  lon: 0,
  since,
  isMasked,
});

describe("what needs an operator now", () => {
  it("is high water, never a gauge of which nothing is known", () => {
    const gauge = (id: string, stage: number, unknown_since: string | null = null): Gauge =>
      ({ id, name: id, stage, level_cm: 1, unknown_since }) as Gauge;
    const all = [gauge("calm", 4), gauge("high", 3), gauge("silent", 1, "2026-01-15T08:00:00Z"), gauge("worst", 1)];
    expect(ids(highOnes(all))).toEqual(["worst", "high"]);
  });

  it("is a flooded area, the worst first", () => {
    const area = (area_name: string, state: string): FloodState => ({ area_name, state }) as FloodState;
    const found = floodedOnes([area("b", "minor"), area("dry", "none"), area("a", "minor"), area("c", "severe")]);
    expect(found.map((one) => one.area_name)).toEqual(["c", "a", "b"]);
  });

  it("is an incident that waits for a decision, or is grave with nobody sent", () => {
    const found = undecidedOnes([
      incident("review", { task_state: "review" }),
      incident("grave", { severity: "severe", task_state: null }),
      incident("sent", { severity: "severe", task_state: "assigned" }),
      incident("small", { task_state: "open" }),
      incident("over", { state: "closed", task_state: "review" }),
    ]);
    expect(ids(found)).toEqual(["grave", "review"]);
  });

  it("is work of the last day that nobody has looked at, the newest first", () => {
    const task = (id: string, state: string, day: string): Task =>
      ({ id, state, updated_at: `2026-01-${day}:00:00Z` }) as Task;
    const all = [task("early", "resolved", "15T08"), task("late", "resolved", "15T09"), task("on", "on_site", "15T09")];
    const found = unverifiedOnes([...all, task("old", "resolved", "10T09")], Date.parse("2026-01-15T12:00:00Z"));
    expect(ids(found)).toEqual(["late", "early"]);
  });

  it("is what just went silent, not what never spoke or was masked", () => {
    const found = lostOnes([hole("long", "1"), hole("never", null), hole("masked", "3", true), hole("now", "2")]);
    expect(ids(found)).toEqual(["now", "long"]);
  });
});
