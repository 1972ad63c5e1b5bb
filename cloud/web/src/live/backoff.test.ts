import { describe, expect, test } from "vitest";
import { failuresAfter, pollDelay, retryDelay } from "./backoff";

describe("the wait before a stream is opened anew", () => {
  test.each([
    [1, 3_000],
    [2, 6_000],
    [5, 48_000],
    [8, 300_000],
    [1_000, 300_000],
  ])("after %i failures is between half of %i ms and all of it", (failures, most) => {
    expect(retryDelay(failures, () => 0)).toBe(most / 2);
    expect(retryDelay(failures, () => 1)).toBe(most);
  });

  test("is spread: a thousand pages that were refused together come back apart", () => {
    const delays = Array.from({ length: 1_000 }, () => retryDelay(6));
    const spread = Math.max(...delays) - Math.min(...delays);
    expect(spread).toBeGreaterThan(30_000);
  });

  test("of a page that is refused for an hour makes few requests", () => {
    let [failures, at, requests] = [0, 0, 0];
    while (at < 3_600_000) {
      failures = failuresAfter(failures, 0);
      at += retryDelay(failures, () => 0);
      requests += 1;
    }
    expect(requests).toBeLessThan(35); // every 4.5 s would be 800
  });
});

test("a stream that lasted is no failure, one that ended at once is", () => {
  expect(failuresAfter(7, 61_000)).toBe(1);
  expect(failuresAfter(7, 2_000)).toBe(8);
});

test("polls of pages that began together drift apart", () => {
  expect(pollDelay(60_000, () => 0)).toBe(45_000);
  expect(pollDelay(60_000, () => 1)).toBe(75_000);
});
