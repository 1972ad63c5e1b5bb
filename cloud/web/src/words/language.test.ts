import { expect, test } from "vitest";
import { ago, dateAndTime, inUnit, number, timeOfDay } from "./format";
import { language, serverWords, words } from "./language";

test("placeholders are filled, and the language decides", () => {
  const translate = words({ left: ["{n} lagi", "{n} more"] });
  language.value = "id";
  expect(translate("left", { n: 3 })).toBe("3 lagi");
  language.value = "en";
  expect(translate("left", { n: 3 })).toBe("3 more");
});

test("a word that the server invents is shown, not lost", () => {
  expect(serverWords({})("fallen_bridge")).toBe("fallen bridge");
  expect(serverWords({})(null)).toBe("");
});

test("spans are said in the unit a person would use", () => {
  expect(inUnit(80)).toEqual([80, "second"]);
  expect(inUnit(600)).toEqual([10, "minute"]);
  expect(inUnit(7200)).toEqual([2, "hour"]);
  expect(inUnit(-200_000)).toEqual([-2, "day"]);
});

test("numbers and times follow the language", () => {
  language.value = "id";
  expect(number(1234.5, 1)).toBe("1.234,5");
  expect(ago("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:05:00Z"))).toBe("5 menit yang lalu");
  expect(ago("2026-01-01T00:05:00Z", Date.parse("2026-01-01T00:00:00Z"))).toBe("sekarang");
  language.value = "en";
  expect(number(1234.5, 1)).toBe("1,234.5");
});

test("four in the afternoon is 16 in both languages", () => {
  const at = new Date(2026, 0, 15, 16, 5).getTime();
  for (const [tongue, text] of [
    ["id", "16.05"],
    ["en", "16:05"],
  ] as const) {
    language.value = tongue;
    expect(timeOfDay(at)).toBe(text);
    expect(dateAndTime(at)).toContain(text);
  }
});
