import { describe, expect, test } from "vitest";
import { changed } from "./city";
import { aGauge } from "./example";
import { barOf, byUrgency, distance, stageOf } from "./reading";

describe("stage", () => {
  test("a gauge that went silent has no stage, however calm it was", () => {
    expect(stageOf(aGauge({ stage: 4, unknown_since: "2026-01-01T00:00:00Z" }))).toBe(0);
  });
  test("who looks for water finds the worst first, and last those without data, once heard before never heard", () => {
    const never = aGauge({ id: "never", stage: null, level_cm: null });
    const silent = aGauge({ id: "silent", level_cm: null, stage: null, last_known_at: "2026-01-01T00:00:00Z" });
    const order = [never, silent, aGauge({ id: "calm", stage: 4 }), aGauge({ id: "worst", stage: 1 })].sort(byUrgency);
    expect(order.map((one) => one.id)).toEqual(["worst", "calm", "silent", "never"]);
  });
});

describe("the bar of limits", () => {
  test("the level stands within the part of its stage", () => {
    const bar = barOf(aGauge());
    const part = bar?.parts.find((one) => one.stage === 3);
    expect(bar?.at).toBeGreaterThan(part?.from ?? 100);
    expect(bar?.at).toBeLessThan(part?.to ?? 0);
  });
  test("a gauge without limits has none, and one that is unknown has no pin", () => {
    expect(barOf(aGauge({ s3_cm: null }))).toBeNull();
    expect(barOf(aGauge({ unknown_since: "2026-01-01T00:00:00Z" }))?.at).toBeNull();
  });
});

test("distance from Manggarai to Karet is a little over three kilometres", () => {
  const metres = distance({ lat: -6.2079, lon: 106.84844 }, { lat: -6.1982, lon: 106.8102 });
  expect(metres).toBeGreaterThan(3_000);
  expect(metres).toBeLessThan(5_000);
});

describe("held things", () => {
  test("what changed stands last, what is gone leaves, and the oldest makes room", () => {
    const held = new Map([
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ]);
    const next = changed<number>(
      held,
      new Map<string, unknown>([
        ["a", 9],
        ["b", null],
        ["d", 4],
      ]),
      2,
    );
    expect([...next]).toEqual([
      ["a", 9],
      ["d", 4],
    ]);
  });
});
