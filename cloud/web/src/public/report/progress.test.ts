import { expect, test } from "vitest";
import { progressOf } from "./progress";

const RECEIVED = "2026-01-15T08:00:00Z";
const MOVES = [
  { verb: "create", at: "2026-01-15T08:05:00Z" },
  { verb: "accept", at: "2026-01-15T08:10:00Z" },
  { verb: "resolve", at: "2026-01-15T09:00:00Z" },
  { verb: "reopen", at: "2026-01-15T09:30:00Z" },
  { verb: "resolve", at: "2026-01-15T11:00:00Z" },
];

test.each([
  ["received", null, "now ahead ahead ahead ahead"],
  ["noticed", null, "now ahead ahead ahead ahead"],
  ["waiting", null, "past now ahead ahead ahead"],
  ["under_way", "disputed", "past past now ahead ahead"],
  ["resolved", "reported_done", "past past past now ahead"],
  ["resolved", "disputed", "past past past now ahead"],
  ["resolved", "verified", "past past past past now"],
  ["closed", null, ""],
])("a report that is %s (%s) stands at %s", (stage, grade, states) => {
  expect(
    progressOf(stage, grade, RECEIVED, MOVES)
      .map((one) => one.state)
      .join(" "),
  ).toBe(states);
});

test("a step has the last time at which it was reached, and one that lies ahead has none", () => {
  const times = progressOf("resolved", "reported_done", RECEIVED, MOVES).map((one) => one.at);
  expect(times).toEqual([RECEIVED, "2026-01-15T08:05:00Z", "2026-01-15T08:10:00Z", "2026-01-15T11:00:00Z", null]);
  expect(progressOf("under_way", null, RECEIVED, MOVES)[3]?.at).toBeNull();
});
