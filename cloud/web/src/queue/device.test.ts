import { expect, test } from "vitest";
import { isConfirmed } from "./device";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 11, 1);

test.each([
  [-1, null, true],
  [-23, "officer", true],
  [-25, "officer", false],
  [25, "officer", false],
  [24 * 365, null, false],
  [-1, "another", false],
])("a key that the server confirmed %i hours from now counts for %s: %s", (hours, user, expected) => {
  const key = { registeredAt: NOW + hours * HOUR, registeredFor: "officer" };
  expect(isConfirmed(key, user, NOW)).toBe(expected);
});
