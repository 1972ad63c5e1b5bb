import { expect, test } from "vitest";
import { byRiverClock, speedOf } from "./speed";

test("only a number above zero makes a demo", () => {
  expect(speedOf("480")).toBe(480);
  for (const text of ["", "0", "{{demo}}", "-1"]) expect(speedOf(text)).toBeNull();
});

test("a rate of a river that runs faster is stated by its own clock", () => {
  expect(byRiverClock(16_810, 480)).toBeCloseTo(35.02, 2);
  expect(byRiverClock(35, null)).toBe(35);
});
