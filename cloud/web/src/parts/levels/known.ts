// The levels behind a hydrograph: what is known, where nothing is known, and what stands under a pointer.

import type { Schemas } from "../../api/client";

type Reading = Schemas["Reading"];
export interface Known {
  readonly at: string;
  readonly cm: number;
}
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** No known level for longer than this is a gap: the line is broken, because nobody knows how the water moved. */
const LEAST_GAP_MS = 30 * 60_000;
const TIMES_USUAL = 4;

/** Levels that can be trusted, oldest first. A reading without one, or a bad one, is not a low level. */
export function knownOf(readings: readonly Reading[]): readonly Known[] {
  return readings
    .filter((one): one is Reading & { level_cm: number } => one.level_cm !== null && one.quality !== "bad")
    .map((one) => ({ at: one.measured_at, cm: one.level_cm }));
}

/** Known levels in unbroken runs, and the gaps between them and up to `until` (milliseconds). */
export function runsOf(known: readonly Known[], until: number): { runs: readonly Known[][]; gaps: readonly Gap[] } {
  const least = leastGap(known);
  const runs: Known[][] = [];
  const gaps: Gap[] = [];
  let before = Number.NaN;
  for (const one of known) {
    const at = Date.parse(one.at);
    if (!(at - before <= least)) {
      if (runs.length > 0) gaps.push({ from: before, to: at });
      runs.push([]);
    }
    runs[runs.length - 1]?.push(one);
    before = at;
  }
  if (until - before > least) gaps.push({ from: before, to: until });
  return { runs, gaps };
}

function leastGap(known: readonly Known[]): number {
  const steps = known.slice(1).map((one, index) => Date.parse(one.at) - Date.parse(known[index]?.at ?? one.at));
  const usual = steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
  return Math.max(LEAST_GAP_MS, usual * TIMES_USUAL);
}

/** The index of the moment that is nearest to `at` (milliseconds); moments in order, at least one. */
export function nearest(moments: readonly number[], at: number): number {
  let best = 0;
  for (const [index, one] of moments.entries()) {
    if (Math.abs(one - at) <= Math.abs((moments[best] ?? one) - at)) best = index;
  }
  return best;
}
