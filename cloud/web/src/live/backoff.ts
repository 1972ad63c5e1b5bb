// When a page opens its stream anew: a server that refuses or restarts must not meet all its pages at the same moment.

const FIRST_MS = 3_000;
const MOST_MS = 300_000;
/** A stream that lasted this long was no failure: the next wait is short again. */
const LASTED_MS = 60_000;

/** How long to wait after so many failures one after the other, from 1: doubling, at random in the upper half. */
export function retryDelay(failures: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** Math.max(0, Math.min(failures, 20) - 1));
  return ceiling * (0.5 + random() / 2);
}

/** How many failures one after the other there are with this one, after a stream that lasted so long. */
export const failuresAfter = (failures: number, lastedMs: number): number => (lastedMs > LASTED_MS ? 1 : failures + 1);

/** The time until a page without a stream asks again, so that those that began together do not ask together. */
export const pollDelay = (everyMs: number, random: () => number = Math.random): number =>
  everyMs * (0.75 + random() / 2);
