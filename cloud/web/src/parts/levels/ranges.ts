// The spans of time that a chart can show, and whether single readings or hours are shown of them.

export const RANGES = ["6h", "24h", "7d", "30d", "season", "own"] as const;
export type Range = (typeof RANGES)[number];

/** In milliseconds. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LENGTHS: Readonly<Partial<Record<Range, number>>> = {
  "6h": 6 * HOUR_MS,
  "24h": DAY_MS,
  "7d": 7 * DAY_MS,
  "30d": 30 * DAY_MS,
};
/** What the server gives hours of. */
export const LONGEST_MS = 400 * DAY_MS;
const OCTOBER = 9;

/** The span of a range at a time. The rainy season of the western archipelago begins in October. */
export function periodOf(range: Range, now: number, own: Period | null): Period {
  const length = LENGTHS[range];
  if (length !== undefined) return { from: now - length, to: now };
  if (range === "own" && own !== null && own.from < own.to) {
    return { from: Math.max(own.from, own.to - LONGEST_MS), to: own.to };
  }
  const at = new Date(now);
  const year = at.getMonth() >= OCTOBER ? at.getFullYear() : at.getFullYear() - 1;
  return { from: new Date(year, OCTOBER, 1).getTime(), to: now };
}

/** Longer spans are shown by the hour: with the lowest and highest level of each, so that no peak is lost. */
export const isByHour = ({ from, to }: Period): boolean => to - from > 2 * DAY_MS;

/** A part of a span after zooming by `factor` about `middle`, or moving by `shift` of what is seen; never outside of it. */
export function within(whole: Period, seen: Period): Period {
  const length = Math.min(Math.max(seen.to - seen.from, 10 * 60_000), whole.to - whole.from);
  const middle = (seen.from + seen.to) / 2;
  const from = Math.min(Math.max(middle - length / 2, whole.from), whole.to - length);
  return { from, to: from + length };
}

/** What is seen about the same middle, `factor` times as long. */
export const scaled = ({ from, to }: Period, factor: number): Period => {
  const [middle, half] = [(from + to) / 2, ((to - from) / 2) * factor];
  return { from: middle - half, to: middle + half };
};
/** What is seen after moving by a share of it. */
export const moved = ({ from, to }: Period, share: number): Period => ({
  from: from + share * (to - from),
  to: to + share * (to - from),
});

/** What is seen after fingers moved from some places to others, in pixels of a width. */
export function byFingers(seen: Period, from: readonly number[], to: readonly number[], width: number): Period {
  const [a = 0, b] = from;
  const [c = 0, d] = to;
  const length = seen.to - seen.from;
  if (b === undefined || d === undefined) return moved(seen, (a - c) / Math.max(1, width));
  const factor = Math.max(1, Math.abs(a - b)) / Math.max(1, Math.abs(c - d));
  const held = seen.from + ((a + b) / 2 / width) * length;
  const start = held - ((c + d) / 2 / width) * length * factor;
  return { from: start, to: start + length * factor };
}
