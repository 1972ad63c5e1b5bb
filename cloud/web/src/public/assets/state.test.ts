import { describe, expect, it } from "vitest";
import { type Asset, byNeed, countOf, shownState } from "./state";

const NOW = Date.parse("2026-11-20T08:00:00Z");

function asset(name: string, ageSeconds: number | null, more: object = {}): Asset {
  const at = ageSeconds === null ? null : new Date(NOW - ageSeconds * 1000).toISOString();
  const last = at === null ? null : { measured_at: at, state: "running" };
  return { name, stale_seconds: 900, last, anomaly: null, ...more } as unknown as Asset;
}

describe("the state of a pump or gate", () => {
  it("is unknown without a report and with one that is too old, also if it was new when the page was opened", () => {
    expect(shownState(asset("a", null), NOW)).toBe("unknown");
    expect(shownState(asset("a", 900), NOW)).toBe("running");
    expect(shownState(asset("a", 900), NOW + 1000)).toBe("unknown");
  });

  it("counts unknown as neither well nor bad", () => {
    const bad = asset("c", 10, { anomaly: { problem: "standing" } });
    expect(countOf([asset("a", 10), asset("b", null), bad], NOW)).toEqual({ well: 1, bad: 1, unknown: 1 });
  });

  it("puts those to inspect first", () => {
    const bad = asset("z", 10, { anomaly: { problem: "standing" } });
    const sorted = [asset("a", 10), asset("b", null), bad].sort(byNeed(NOW));
    expect(sorted.map((one) => one.name)).toEqual(["z", "b", "a"]);
  });
});
