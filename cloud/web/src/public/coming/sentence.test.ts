import { beforeEach, describe, expect, test } from "vitest";
import type { AreaWater } from "../../published/files";
import { language } from "../../words/language";
import { alsoUnknown, certaintyOf, sentenceOf } from "./sentence";

const NAMES: Record<string, string> = { katulampa: "Katulampa", depok: "Depok", manggarai: "PA Manggarai" };
const nameOf = (id: string): string => NAMES[id] ?? id;
const AT = new Date(2026, 11, 1, 9, 30).toISOString();
const water = (more: Partial<AreaWater>): AreaWater => ({
  strip: [
    { gauge_id: "depok", minutes: 180 },
    { gauge_id: "manggarai", minutes: 0 },
  ],
  answer: "calm",
  from_id: null,
  at: null,
  low_cm: null,
  high_cm: null,
  stage: null,
  unknown: [],
  ...more,
});
const COMING = { answer: "coming", from_id: "depok" } as const;

beforeEach(() => {
  language.value = "en";
});

describe("the sentence", () => {
  test.each<[string, Partial<AreaWater>]>([
    [
      "The water that is now high at Depok will reach PA Manggarai at about 09:30, 860 to 910 cm there.",
      { ...COMING, at: AT, low_cm: 860, high_cm: 910 },
    ],
    [
      "The water that is now high at Depok will reach PA Manggarai at about 09:30. How high is not known.",
      { ...COMING, at: AT },
    ],
    ["High water at Depok flows to PA Manggarai. When, and how high, is not known.", COMING],
    [
      "The water at PA Manggarai is expected at Siaga 2 at about 09:30, 835 to 885 cm.",
      { answer: "rising", at: AT, low_cm: 835, high_cm: 885, stage: 2 },
    ],
    ["The water is high at PA Manggarai already: Siaga 1.", { answer: "here", stage: 1 }],
    ["Not known: Depok, Katulampa sends no data.", { answer: "unknown", unknown: ["depok", "katulampa"] }],
    ["Not now: the water is normal at PA Manggarai and upstream.", {}],
    [
      "The water is normal at PA Manggarai. There is no gauge upstream: what comes from there is not known.",
      { strip: [{ gauge_id: "manggarai", minutes: 0 }] },
    ],
  ])("%s", (sentence, more) => {
    expect(sentenceOf(water(more), nameOf)).toBe(sentence);
  });
  test("is said in Indonesian, too", () => {
    language.value = "id";
    expect(sentenceOf(water({ ...COMING, at: AT, low_cm: 860, high_cm: 910 }), nameOf)).toBe(
      "Air yang kini tinggi di Depok sampai di PA Manggarai sekitar pukul 09.30, 860 sampai 910 cm di sana.",
    );
  });
});

test("a band says how often it was right, a travel time that the height is not forecast", () => {
  expect(certaintyOf(water({ ...COMING, at: AT, low_cm: 1, high_cm: 2 }))).toContain("nine times out of ten");
  expect(certaintyOf(water({ ...COMING, at: AT }))).toContain("no forecast");
  expect(certaintyOf(water({}))).toBeNull();
});

test("what is not known is named beside any other answer", () => {
  expect(alsoUnknown(water({ ...COMING, unknown: ["katulampa"] }), nameOf)).toContain("Katulampa sends no data");
  expect(alsoUnknown(water({ answer: "unknown", unknown: ["katulampa"] }), nameOf)).toBeNull();
});
