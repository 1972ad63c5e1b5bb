import { expect, test } from "vitest";
import { addressOf, fresh, isEmpty, stepOf } from "./draft";

test.each([
  [undefined, 3, 1],
  ["2", 3, 2],
  ["3", 3, 3],
  ["3", 1, 1],
  ["3", 2, 2],
  ["2", 1, 1],
  ["17", 3, 1],
] as const)("the address of step %s of a draft that reached %s shows step %s", (wanted, reached, shown) => {
  expect(stepOf(wanted, { ...fresh(), reached })).toBe(shown);
});

test("each step has an address that leads to it", () => {
  for (const step of [1, 2, 3] as const) {
    const wanted = new URL(addressOf(step), "https://siaga.example").searchParams.get("step") ?? undefined;
    expect(stepOf(wanted, { ...fresh(), reached: 3 })).toBe(step);
  }
});

test("a draft is empty until something of it was chosen", () => {
  expect(isEmpty(fresh())).toBe(true);
  expect(isEmpty({ ...fresh(), text: "air" })).toBe(false);
  expect(isEmpty({ ...fresh(), place: { lat: -6.2, lon: 106.8 } })).toBe(false);
});
