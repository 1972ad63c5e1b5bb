// A gauge for tests.

import type { Gauge } from "./city";

export const aGauge = (more: Partial<Gauge> = {}): Gauge => ({
  id: "manggarai",
  name: "PA Manggarai",
  name_en: "",
  river: "Ciliwung",
  lat: -6.2079,
  lon: 106.84844,
  area_id: null,
  area_name: null,
  s3_cm: 750,
  s2_cm: 850,
  s1_cm: 950,
  downstream_id: null,
  travel_minutes: null,
  level_cm: 800,
  stage: 3,
  stage_since: null,
  quality: "good",
  measured_at: "2026-01-01T00:00:00Z",
  unknown_since: null,
  rate_cm_per_hour: 4,
  trend: "rising",
  unknown_cause: null,
  last_level_cm: null,
  last_stage: null,
  last_known_at: null,
  ...more,
});
