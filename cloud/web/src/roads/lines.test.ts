import { expect, test } from "vitest";
import type { Roads } from "../published/files";
import { linesOf, roadsOf } from "./lines";

const AT = "2026-12-02T01:00:00Z";
const STAMP = { generated_at: AT, valid_until: AT };
const jam = (id: string, isBlocked: boolean): Roads["traffic"][number] => ({
  id,
  street: "Jalan Sudirman",
  line: [
    [-6.2, 106.82],
    [-6.21, 106.82],
  ],
  is_blocked: isBlocked,
  speed_kmh: isBlocked ? null : 6,
  length_m: 1100,
  delay_seconds: null,
  began_at: AT,
  seen_at: AT,
});
const street = (isClosed: boolean): Roads["flooded"][number] => ({
  incident_id: "i",
  street: "Jalan Kemang Raya",
  line: [
    [-6.26, 106.81],
    [-6.261, 106.81],
  ],
  severity: "severe",
  certainty: "observed",
  depth_cm: isClosed ? 45 : null,
  is_closed: isClosed,
  is_seen_now: true,
  began_at: AT,
  seen_at: AT,
});

test("what is under water comes first, and a jam is no closure", () => {
  const roads = roadsOf({
    ...STAMP,
    flooded: [street(false), street(true)],
    traffic: [jam("a", false), jam("b", true)],
  });
  expect(roads.map((one) => one.kind)).toEqual(["closed", "flooded", "blocked", "jam"]);
  expect(roads.at(-1)?.speedKmh).toBe(6);
  expect(roads[0]?.depthCm).toBe(45);
});

test("a line is drawn with the longitude first", () => {
  const [feature] = linesOf(roadsOf({ ...STAMP, flooded: [], traffic: [jam("a", false)] })).features;
  expect(feature?.geometry).toEqual({
    type: "LineString",
    coordinates: [
      [106.82, -6.2],
      [106.82, -6.21],
    ],
  });
});
