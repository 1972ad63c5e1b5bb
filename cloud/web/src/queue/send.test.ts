import { expect, test } from "vitest";
import { outcomeOf } from "./send";

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
});
