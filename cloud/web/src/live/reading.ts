// What a gauge says, read as a person would: its stage now, how it moves, where it stands between its limits.

import type { Stage } from "../words/field";
import type { Gauge } from "./city";

/** 0 where nothing is known now, however calm it was before. */
export function stageOf(gauge: Gauge): Stage {
  return gauge.unknown_cause || gauge.unknown_since || !gauge.stage ? 0 : (gauge.stage as Stage);
}

/** Orders for those who look for water: the worst first, those without data last, those that once reported before. */
export function byUrgency(a: Gauge, b: Gauge): number {
  return urgency(a) - urgency(b) || a.name.localeCompare(b.name);
}

const urgency = (gauge: Gauge): number => stageOf(gauge) || (hasReported(gauge) ? 5 : 6);

/** Whether a gauge ever sent a level, however long ago. */
export const hasReported = (gauge: Gauge): boolean => gauge.level_cm !== null || gauge.last_known_at !== null;

interface Part {
  readonly stage: Stage;
  readonly from: number;
  readonly to: number;
}

/** The limits of a gauge as parts of a bar from 0 to 100, and where the level stands; null without limits. */
export function barOf(gauge: Gauge): { parts: readonly Part[]; at: number | null } | null {
  const limits = [gauge.s3_cm, gauge.s2_cm, gauge.s1_cm].filter((one): one is number => one !== null);
  const [first, last] = [limits[0], limits[limits.length - 1]];
  if (gauge.s3_cm === null || first === undefined || last === undefined) return null;
  const top = last + (last - first || Math.abs(first) || 100) * 0.5;
  const bottom = first - (top - first) * 0.9;
  const x = (cm: number): number => Math.max(0, Math.min(100, ((cm - bottom) / (top - bottom)) * 100));
  const edges = [bottom, ...limits, top];
  const parts = edges.slice(0, -1).map((from, index) => ({
    stage: (4 - index) as Stage,
    from: x(from),
    to: x(edges[index + 1] ?? top),
  }));
  return { parts, at: gauge.level_cm === null || gauge.unknown_since ? null : x(gauge.level_cm) };
}

const EARTH_METRES = 6_371_000;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

export interface Spot {
  readonly lat: number;
  readonly lon: number;
}

/** Metres between two places, on a sphere. */
export function distance(a: Spot, b: Spot): number {
  const [phi, psi] = [radians(a.lat), radians(b.lat)];
  const half =
    Math.sin((psi - phi) / 2) ** 2 + Math.cos(phi) * Math.cos(psi) * Math.sin(radians(b.lon - a.lon) / 2) ** 2;
  return 2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(half)));
}
