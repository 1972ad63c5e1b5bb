import { expect, test } from "vitest";
import { addressOf, KINDS, LISTS, NUMBERS, numberedOf, PROGRESSES, type View, viewOf } from "./address";

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
        for (const at of [null, Date.UTC(2026, 11, 1, 7, 32)]) {
          const view: View = { list, chosen: one, words: "jl. #12 & co", category: "trash", progress, at };
          expect(viewOf(queryOf(addressOf(view)))).toEqual(view);
        }
      }
    }
  }
});

test("the first view has the short address, and an address that names nothing known leads to it", () => {
  const first = viewOf({});
  expect(addressOf(first)).toBe("/control");
  expect(viewOf({ list: "nope", progress: "nope" })).toEqual(first);
});

test("an address that names an incident, a camera or a gauge opens it", () => {
  for (const kind of KINDS) {
    expect(viewOf(queryOf(`/control?${kind}=pos-1`)).chosen).toEqual({ kind, id: "pos-1" });
    expect(numberedOf(queryOf(`/control?${kind}=pos-1`))).toBeNull();
  }
});

test("an address with the number of an incident or of a task names which of both", () => {
  const opened = NUMBERS.map((name) => numberedOf(queryOf(`/control?${name}=12`)));
  expect(opened).toEqual([
    { of: "incident", text: "12", number: 12 },
    { of: "task", text: "12", number: 12 },
  ]);
  expect(numberedOf(queryOf("/control?number=&list=tasks"))).toBeNull();
});

test("a text that no incident can have as its number leads to none", () => {
  for (const text of ["0", "-1", "1.5", "12a", "99999999999"])
    expect(numberedOf(queryOf(`/control?number=${text}`))).toEqual({ of: "incident", text, number: undefined });
});
