import { describe, expect, it } from "vitest";
import { knownOf, nearest, runsOf } from "./known";

const at = (minutes: number): string => new Date(Date.UTC(2026, 0, 15, 8, minutes)).toISOString();
const reading = (minutes: number, level_cm: number | null, quality = "good") => ({
  measured_at: at(minutes),
  level_cm,
  quality,
  stage: null,
});

describe("the levels of a hydrograph", () => {
  it("leave out what a broken sensor says, which is not a low level", () => {
    const known = knownOf([reading(0, 300), reading(10, 0, "bad"), reading(20, null, "missing"), reading(30, 310)]);
    expect(known.map((one) => one.cm)).toEqual([300, 310]);
  });

  it("are broken where nothing is known, and up to now where the gauge fell silent", () => {
    const known = knownOf([reading(0, 1), reading(10, 2), reading(20, 3), reading(120, 4), reading(130, 5)]);
    const { runs, gaps } = runsOf(known, Date.parse(at(200)));
    expect(runs.map((run) => run.map((one) => one.cm))).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(gaps.map((gap) => [(gap.to - gap.from) / 60_000])).toEqual([[100], [70]]);
  });

  it("of a gauge that reports hourly are not all gaps", () => {
    const known = knownOf([reading(0, 1), reading(60, 2), reading(120, 3)]);
    expect(runsOf(known, Date.parse(at(150)))).toMatchObject({ gaps: [], runs: [{ length: 3 }] });
  });

  it("are found under a pointer", () => {
    expect([0, 40, 61, 500].map((x) => nearest([0, 50, 100], x))).toEqual([0, 1, 1, 2]);
  });
});
