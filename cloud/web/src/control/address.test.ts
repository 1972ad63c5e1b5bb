import { expect, test } from "vitest";
import { addressOf, LISTS, PROGRESSES, type View, viewOf } from "./address";

const queryOf = (address: string): Record<string, string> =>
  Object.fromEntries(new URL(address, "https://siaga.example").searchParams);

test("the address of every view leads to that view", () => {
  const chosen = [
    null,
    { kind: "incident", id: "a" },
    { kind: "camera", id: "kamera 1&2" },
    { kind: "gauge", id: "g" },
  ];
  for (const list of LISTS) {
    for (const one of chosen as View["chosen"][]) {
      for (const progress of PROGRESSES) {
        const view: View = { list, chosen: one, words: "jl. #12 & co", category: "trash", progress };
        expect(viewOf(queryOf(addressOf(view)))).toEqual(view);
      }
    }
  }
});

test("the first view has the short address, and an address that names nothing known leads to it", () => {
  const first = viewOf({});
  expect(addressOf(first)).toBe("/control");
  expect(viewOf({ list: "nope", progress: "nope" })).toEqual(first);
});
