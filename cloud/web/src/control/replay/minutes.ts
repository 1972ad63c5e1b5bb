// The minutes of the last day that can be looked at again, and how an address names one.

export const MINUTE_MS = 60_000;
/** As far back as the API goes. */
export const MINUTES_BACK = 24 * 60;
/** Minutes of the city that pass in a second. */
export const SPEEDS = [1, 5, 15] as const;
export type Speed = (typeof SPEEDS)[number];

export const floorMinute = (at: number): number => Math.floor(at / MINUTE_MS) * MINUTE_MS;

/** As in `at=2026-12-01T14:32Z`. */
export const nameOf = (at: number): string => `${new Date(floorMinute(at)).toISOString().slice(0, 16)}Z`;

/** The minute that an address names, or null where it names none. */
export function minuteOf(text: string | undefined): number | null {
  if (!text || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : floorMinute(at);
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What can be looked at again at a time: the last day, up to the last minute that is over. */
export const spanAt = (now: number): Span => {
  const to = floorMinute(now);
  return { from: to - MINUTES_BACK * MINUTE_MS, to };
};

export const within = (at: number, { from, to }: Span): number => Math.max(from, Math.min(to, floorMinute(at)));

/** The minute after a step of the replay; null where it has reached the end. */
export function nextMinute(at: number, speed: Speed, { to }: Span): number | null {
  return at >= to ? null : Math.min(to, at + speed * MINUTE_MS);
}
