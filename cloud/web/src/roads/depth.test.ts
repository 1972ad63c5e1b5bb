import { beforeEach, expect, test } from "vitest";
import type { StreetDepth } from "../published/files";
import { language } from "../words/language";
import { sentenceOf } from "./depth";
import { roadsOf } from "./lines";

const AT = new Date(2026, 11, 1, 9, 30);
const before = (minutes: number): string => new Date(AT.getTime() - minutes * 60_000).toISOString();
const street = (more: Partial<StreetDepth>): StreetDepth => ({
  id: "jalan-1",
  name: "Jalan Satu",
  line: [
    [-6.2, 106.82],
    [-6.21, 106.82],
  ],
  answer: "known",
  depth_cm: 46,
  low_cm: 31,
  high_cm: 60,
  basis: [
    { kind: "report", count: 2, last_at: before(14), names: [] },
    { kind: "camera", count: 1, last_at: before(12), names: ["Kemang"] },
  ],
  ahead: [],
  computed_at: before(0),
  valid_until: before(-5),
  ...more,
});
const UNKNOWN = { answer: "unknown", depth_cm: null, low_cm: null, high_cm: null, basis: [] } as const;
const AHEAD = { ahead: [{ at: AT.toISOString(), low_cm: 12, high_cm: 38 }] };

beforeEach(() => {
  language.value = "en";
});

test.each<[string, Partial<StreetDepth>]>([
  ["Jalan Satu: 30 to 60 cm, from 2 reports and a camera, 12 minutes ago.", {}],
  [
    "Jalan Satu: depth not known, from a camera, 12 minutes ago.",
    { ...UNKNOWN, answer: "wet", basis: [{ kind: "camera", count: 1, last_at: before(12), names: [] }] },
  ],
  [
    "Jalan Satu: 30 to 60 cm, from 2 reports and a camera, 12 minutes ago," +
      " its place and the height of its road are drawn, not surveyed.",
    { schematic: true },
  ],
  ["Jalan Satu: depth now not known, foreseen 10 to 40 cm at about 09:30.", { ...UNKNOWN, ...AHEAD }],
])("%s", (sentence, more) => {
  expect(sentenceOf(street(more), AT.getTime())).toBe(sentence);
});

test("is stated in Indonesian, too", () => {
  language.value = "id";
  expect(sentenceOf(street({}), AT.getTime())).toBe(
    "Jalan Satu: 30 sampai 60 cm, dari 2 laporan dan satu kamera, 12 menit yang lalu.",
  );
});

test("a street is a line while it is wet or will be, not when a camera sees it dry", () => {
  const stamp = { generated_at: AT.toISOString(), valid_until: AT.toISOString() };
  const kinds = (more: Partial<StreetDepth>): readonly string[] =>
    roadsOf({ ...stamp, flooded: [], traffic: [], depths: [street(more)] }).map(({ kind }) => kind);
  expect(kinds({})).toEqual(["depth"]);
  expect(kinds({ ...UNKNOWN, ...AHEAD })).toEqual(["ahead"]);
  expect(kinds({ depth_cm: 0, low_cm: 0, high_cm: 7 })).toEqual([]);
});
