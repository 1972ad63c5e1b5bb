import { describe, expect, it } from "vitest";
import { columnsOf, csvOf, levelRange, nearLimits, type Sample, samplesOfHours } from "./frame";

const MINUTE = 60_000;
const sample = (minute: number, cm: number): Sample => ({ at: minute * MINUTE, cm });
const ahead = (minute: number, level_cm: number) => ({
  at: new Date(minute * MINUTE).toISOString(),
  level_cm,
  low_cm: level_cm - 10,
  high_cm: level_cm + 20,
});

describe("the columns of a chart", () => {
  it("have one list of times, on which each line has its own levels", () => {
    const found = columnsOf([sample(0, 1), sample(10, 2)], [], [[sample(5, 7)]], 10 * MINUTE);
    expect(found.times).toEqual([0, 300, 600]);
    expect(found.own).toEqual([1, undefined, 2]);
    expect(found.others).toEqual([[undefined, 7, undefined]]);
  });

  it("break a line where nothing is known, and since it fell silent", () => {
    const silent = columnsOf([sample(0, 1), sample(10, 2), sample(20, 3), sample(120, 4)], [], [], 300 * MINUTE);
    expect(silent.own).toEqual([1, 2, 3, null, 4, null]);
  });

  it("lead the line ahead on from the last level, with its band", () => {
    const found = columnsOf([sample(0, 100)], [ahead(60, 130)], [], 0);
    expect(found.ahead).toEqual([100, 130]);
    expect([found.aheadLow, found.aheadHigh]).toEqual([
      [100, 120],
      [100, 150],
    ]);
  });
});

it("an hour keeps its lowest and highest level and its count; one that nobody can trust is no sample", () => {
  const hour = { hour_at: "2026-01-15T08:00:00Z", readings: 5, level_cm: 50, low_cm: 40, high_cm: 90 };
  const found = samplesOfHours([hour, { ...hour, level_cm: null, readings: 0 }]);
  expect(found).toEqual([{ at: Date.parse("2026-01-15T08:30:00Z"), cm: 50, low: 40, high: 90, count: 5 }]);
});

it("limits far above do not press the line flat", () => {
  const limits = [
    [3, 750],
    [2, 850],
    [1, null],
  ] as const;
  expect(nearLimits(600, limits)).toEqual([[3, 750]]);
  const [low, high] = levelRange(500, 600, limits);
  expect(low).toBeLessThan(500);
  expect(high).toBeGreaterThan(750);
});

it("the file has a head and a row for each sample", () => {
  expect(csvOf("karet", [sample(1, 45)])).toBe(
    "gauge_id,at,level_cm,low_cm,high_cm,readings\r\nkaret,1970-01-01T00:01:00.000Z,45,,,",
  );
});
