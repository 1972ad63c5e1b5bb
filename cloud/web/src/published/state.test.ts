import { expect, test } from "vitest";
import { aGauge } from "../live/example";
import type { Now } from "./files";
import { gaugesOf } from "./state";

const file: Now = {
  generated_at: "2026-01-01T00:00:00.000Z",
  valid_until: "2026-01-01T00:03:00.000Z",
  gauges: [
    aGauge({ stage: 4, level_cm: 700 }),
    aGauge({ id: "hek", level_cm: null, stage: null, unknown_cause: "silent", unknown_since: "2025-12-31T21:00:00Z" }),
  ],
  alerts: [],
  alert_count: 0,
  unconfirmed_alert_count: 0,
  flood_states: [],
  incidents: [],
  incident_count: 0,
};

test("a level of a state that is too old is no level of now, but is shown with its time", () => {
  const [first, second] = gaugesOf(file, true);
  expect(first).toMatchObject({
    stage: null,
    level_cm: null,
    trend: "unknown",
    unknown_since: file.generated_at,
    last_stage: 4,
    last_level_cm: 700,
    last_known_at: "2026-01-01T00:00:00Z",
  });
  expect(second).toBe(file.gauges[1]);
});

test("a state that is valid is shown as it is", () => {
  expect(gaugesOf(file, false)).toEqual(file.gauges);
});
