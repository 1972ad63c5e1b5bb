import { describe, expect, test } from "vitest";
import { MINUTE_MS, minuteOf, nameOf, nextMinute, spanAt, within } from "./minutes";

const AT = Date.UTC(2026, 11, 1, 7, 32);

describe("a minute in an address", () => {
  test("is named to the minute, and read again", () => {
    expect(nameOf(AT + 59_999)).toBe("2026-12-01T07:32Z");
    expect(minuteOf("2026-12-01T07:32Z")).toBe(AT);
    expect(minuteOf("2026-12-01T14:32:10+07:00")).toBe(AT);
  });
  test.each([undefined, "", "now", "2026-12-01", "2026-13-41T07:32Z", "2026-12-01T07:32"])("%s is none", (text) => {
    expect(minuteOf(text)).toBeNull();
  });
});

describe("what can be looked at again", () => {
  const span = spanAt(AT + 30_000);
  test("is the last day up to the minute that began last", () => {
    expect(span).toEqual({ from: AT - 24 * 60 * MINUTE_MS, to: AT });
  });
  test("nothing outside it is", () => {
    expect(within(AT + 5 * MINUTE_MS, span)).toBe(AT);
    expect(within(0, span)).toBe(span.from);
  });
  test("the replay goes on by its speed and ends at the end", () => {
    expect(nextMinute(AT - 20 * MINUTE_MS, 15, span)).toBe(AT - 5 * MINUTE_MS);
    expect(nextMinute(AT - 5 * MINUTE_MS, 15, span)).toBe(AT);
    expect(nextMinute(AT, 1, span)).toBeNull();
  });
});
