import { expect, test } from "vitest";
import { outcomeOf } from "./answer";

test("the outcome of a test event is that of its last try", () => {
  expect(outcomeOf({ state: "queued", attempts: 0, answer_status: null })).toBe("waiting");
  expect(outcomeOf({ state: "sent", attempts: 1, answer_status: 204 })).toBe("accepted");
  expect(outcomeOf({ state: "queued", attempts: 1, answer_status: 503 })).toBe("refused");
  expect(outcomeOf({ state: "dead", attempts: 1, answer_status: 400 })).toBe("refused");
  expect(outcomeOf({ state: "queued", attempts: 1, answer_status: null })).toBe("noAnswer");
});
