// Distances in a city, where the ground is flat enough.

import type { Spot } from "../live/reading";

const DEGREE_M = 111_195;

/** Beyond that, whoever follows the line has no street of the map to begin or end on. */
export const FARTHEST_ROAD_M = 1500;

export function metresBetween(a: Spot, b: Spot): number {
  return Math.hypot(...offset(a, b));
}

/** How far a place is from the line between two others. */
export function metresToLine(spot: Spot, a: Spot, b: Spot): number {
  const [ax, ay] = offset(spot, a);
  const [bx, by] = offset(spot, b);
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, -(ax * dx + ay * dy) / length));
  return Math.hypot(ax + share * dx, ay + share * dy);
}

const offset = (from: Spot, to: Spot): readonly [east: number, north: number] => [
  (to.lon - from.lon) * DEGREE_M * Math.cos((from.lat * Math.PI) / 180),
  (to.lat - from.lat) * DEGREE_M,
];
