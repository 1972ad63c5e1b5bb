import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { findPlaces, searchWords } from "./search";

interface Cases {
  readonly places: readonly (readonly [name: string, kind: string])[];
  readonly cases: readonly (readonly [typed: string, found: readonly string[]])[];
}

const { places, cases } = JSON.parse(
  readFileSync(new URL("../../../../tests/data/place_search.json", import.meta.url), "utf-8"),
) as Cases;
const findable = places.map(([name, kind]) => ({ name, kind, words: searchWords(name) }));

test.each(cases)("%s finds what the server's rule finds", (typed, found) => {
  expect(findPlaces(findable, typed).map((one) => one.name)).toEqual(found);
});
