import { describe, expect, test } from "vitest";
import { EVERY_MS, nextWait, waitAfterReturn } from "./schedule";

/** A generator of numbers that is the same in every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** When each of many readers requests the file: the server is away in [away, back), in milliseconds. */
function requests(readers: number, away: number, back: number, until: number): readonly number[] {
  const random = numbers(readers);
  const all: number[] = [];
  for (let reader = 0; reader < readers; reader += 1) {
    let failures = 0;
    for (let at = random() * EVERY_MS; at < until; ) {
      all.push(at);
      failures = at >= away && at < back ? failures + 1 : 0;
      at += nextWait(failures, random());
    }
  }
  return all;
}

const between = (all: readonly number[], from: number, to: number): number =>
  all.filter((at) => at >= from && at < to).length;

describe("a server that was away for ten minutes", () => {
  const [away, back, until] = [60_000, 660_000, 800_000];
  const all = requests(2000, away, back, until);
  const normal = between(all, 20_000, 60_000) / 4;

  test("is not overrun in any ten seconds after it is back", () => {
    expect(normal).toBeGreaterThan(1900);
    for (let from = back; from < until - 10_000; from += 1000) {
      expect(between(all, from, from + 10_000)).toBeLessThanOrEqual(1.5 * normal);
    }
    expect(between(all, back, back + 10_000)).toBeGreaterThan(0);
  });

  test("is requested less and less meanwhile", () => {
    expect(between(all, back - 10_000, back)).toBeLessThanOrEqual(0.3 * normal);
  });

  test("is read by everybody again within a minute", () => {
    expect(between(all, back + 60_000, back + 70_000)).toBeGreaterThan(0.8 * normal);
  });
});

test("devices that have a signal again do not come at once", () => {
  expect([waitAfterReturn(0), waitAfterReturn(1)]).toEqual([0, 5000]);
});
