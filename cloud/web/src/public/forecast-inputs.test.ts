import { beforeEach, expect, test } from "vitest";
import type { Schemas } from "../api/client";
import { language } from "../words/language";
import { inputsOf } from "./forecast-inputs";

const POINT = { at: "2026-12-03T10:00:00Z", level_cm: 700, low_cm: 690, high_cm: 710 };
const input = (more: Partial<Schemas["ForecastInput"]>): Schemas["ForecastInput"] => ({
  id: "citeko",
  kind: "rain",
  name: "Citeko",
  used: false,
  unknown: false,
  ...more,
});
const SEA = { id: "pasar-ikan", kind: "tide", name: "Pasar Ikan" } as const;

beforeEach(() => {
  language.value = "en";
});

test("what is used is named", () => {
  const inputs = [input({ used: true }), input({ ...SEA, used: true })];
  expect(inputsOf({ points: [POINT], inputs })).toEqual(["uses rain at Citeko, the tide at Pasar Ikan"]);
});

test("what is missing is named, and that the forecast is made without any of them", () => {
  const inputs = [input({ unknown: true }), input(SEA)];
  expect(inputsOf({ points: [POINT], inputs })).toEqual([
    "without rain and tide, because this is not known now: rain at Citeko",
  ]);
});

test("nothing is stated without a forecast, or of inputs that improve nothing", () => {
  expect(inputsOf({ points: [], inputs: [input({ used: true })] })).toEqual([]);
  expect(inputsOf({ points: [POINT], inputs: [input({})] })).toEqual([]);
  expect(inputsOf({ points: [POINT] })).toEqual([]);
});
