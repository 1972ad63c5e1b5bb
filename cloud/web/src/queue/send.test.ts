import { expect, test } from "vitest";
import { madeAt, outcomeOf } from "./send";

test.each([
  [201, "done"],
  [200, "done"],
  [401, "signedOut"],
  [429, "later"],
  [503, "later"],
  [409, "refused"],
  [422, "refused"],
])("an answer of %i is %s", (status, kind) => {
  expect(outcomeOf(status, {}).kind).toBe(kind);
});

test("a refusal keeps the server's words", () => {
  expect(outcomeOf(409, { title: "Not allowed", detail: "open: accept" })).toEqual({
    kind: "refused",
    why: "open: accept",
  });
  expect(outcomeOf(409, { type: "urn:siaga:problem:illegal-move", title: "Not allowed" })).toMatchObject({
    code: "illegal-move",
  });
  expect(outcomeOf(422, { type: "urn:siaga:problem:refused", code: "too_old", detail: "" })).toMatchObject({
    code: "too_old",
  });
});

test("a draft that waited tells when it was made, unless the server would not believe it", () => {
  const made = (ago: number): string | null => madeAt({ at: "2026-11-26T00:00:00.000Z" }, Date.UTC(2026, 10, 26) + ago);
  expect(made(5_000)).toBeNull();
  expect(made(3_600_000)).toBe("2026-11-26T00:00:00.000Z");
  expect(made(8 * 86_400_000)).toBeNull();
  expect(made(-3_600_000)).toBeNull();
});
