// When a published file is requested again: spread, so that a city of readers never comes in one moment.

export const EVERY_MS = 10_000;
const LAST_MS = 60_000;
const SPREAD = 0.2;
/** A device that has a signal again is one of many under the same mast. */
const RETURN_MS = 5_000;

/**
 * How long to wait after an answer, or after that many failures in a row. `random`: 0 to 1. A failure waits longer each
 * time and within a wide span: when the server is back, its readers come over a minute.
 */
export function nextWait(failures: number, random: number, everyMs = EVERY_MS): number {
  if (failures === 0) return everyMs * (1 - SPREAD + 2 * SPREAD * random);
  const longest = Math.max(everyMs, Math.min(LAST_MS, everyMs * 2 ** failures));
  return longest * (0.5 + 0.5 * random);
}

/** How long to wait when the device has a signal again. */
export const waitAfterReturn = (random: number): number => RETURN_MS * random;
