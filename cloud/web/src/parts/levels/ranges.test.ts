import { expect, test } from "vitest";
import { byFingers, isByHour, LONGEST_MS, periodOf, within } from "./ranges";

const NOW = new Date(2026, 11, 1, 20).getTime();
const HOUR = 3_600_000;

test.each([
  ["6h", 6],
  ["24h", 24],
  ["7d", 168],
  ["30d", 720],
] as const)("%s ends now and is %s hours long", (range, hours) => {
  expect(periodOf(range, NOW, null)).toEqual({ from: NOW - hours * HOUR, to: NOW });
});

test("the season begins on 1 October, after New Year too", () => {
  expect(periodOf("season", NOW, null).from).toBe(new Date(2026, 9, 1).getTime());
  expect(periodOf("season", new Date(2027, 2, 1).getTime(), null).from).toBe(new Date(2026, 9, 1).getTime());
});

test("an own span is as chosen, at most as long as the server gives, and the season until one is chosen", () => {
  const own = { from: NOW - 50 * HOUR, to: NOW - HOUR };
  expect(periodOf("own", NOW, own)).toEqual(own);
  expect(periodOf("own", NOW, { from: 0, to: NOW }).from).toBe(NOW - LONGEST_MS);
  expect(periodOf("own", NOW, null)).toEqual(periodOf("season", NOW, null));
  expect(periodOf("own", NOW, { from: NOW, to: NOW })).toEqual(periodOf("season", NOW, null));
});

test("a day is shown by its readings, a week by its hours", () => {
  expect(isByHour(periodOf("24h", NOW, null))).toBe(false);
  expect(isByHour(periodOf("7d", NOW, null))).toBe(true);
});

test("what is seen stays inside the whole, and is never shorter than ten minutes", () => {
  const whole = { from: 0, to: 24 * HOUR };
  expect(within(whole, { from: -HOUR, to: HOUR })).toEqual({ from: 0, to: 2 * HOUR });
  expect(within(whole, { from: 23 * HOUR, to: 25 * HOUR })).toEqual({ from: 22 * HOUR, to: 24 * HOUR });
  expect(within(whole, { from: -HOUR, to: 90 * HOUR })).toEqual(whole);
  expect(within(whole, { from: HOUR, to: HOUR }).to - within(whole, { from: HOUR, to: HOUR }).from).toBe(600_000);
});

test("one finger moves what is seen, two zoom it about the place between them", () => {
  const seen = { from: 0, to: 1000 };
  expect(byFingers(seen, [50], [150], 200)).toEqual({ from: -500, to: 500 });
  expect(byFingers(seen, [50, 150], [0, 200], 200)).toEqual({ from: 250, to: 750 });
  expect(byFingers(seen, [50, 150], [50, 150], 200)).toEqual(seen);
});
