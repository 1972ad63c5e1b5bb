// Where the city is not seen. A gauge or camera without word is a hole, never a calm place: "dry" is a level that was
// measured, "dead" is no level at all.

import type { Camera, Gauge, Node } from "../../live/city";
import { type Spot, stageOf } from "../../live/reading";
import { isBlind } from "../queue/queue";

export interface CoverageGap extends Spot {
  readonly id: string;
  readonly kind: "gauge" | "camera";
  readonly name: string;
  readonly since: string | null;
  /** Of a camera that somebody masked on purpose. */
  readonly isMasked: boolean;
}

/** Everything of which nothing is known now: what just went silent first, last what never spoke. */
export function gapsOf(gauges: Iterable<Gauge>, cameras: Iterable<Camera>): CoverageGap[] {
  const dead = [...gauges]
    .filter((one) => stageOf(one) === 0)
    .map((one) => holeOf(one, "gauge", one.unknown_since ?? one.measured_at, false));
  const blind = [...cameras]
    .filter(isBlind)
    .map((one) => holeOf(one, "camera", one.unknown_since, Boolean(one.masked_since)));
  return [...dead, ...blind].sort((a, b) => (b.since ?? "").localeCompare(a.since ?? "") || a.id.localeCompare(b.id));
}

function holeOf(one: Gauge | Camera, kind: CoverageGap["kind"], since: string | null, isMasked: boolean): CoverageGap {
  return { id: one.id, kind, name: one.name || one.id, lat: one.lat, lon: one.lon, since, isMasked };
}

interface Counted {
  readonly calm: number;
  readonly high: number;
  readonly dead: number;
}

/** Gauges that say that it is calm, those that say that it is high, and those that say nothing. */
export function countGauges(gauges: Iterable<Gauge>): Counted {
  const stages = [...gauges].map(stageOf);
  return {
    calm: stages.filter((one) => one === 4).length,
    high: stages.filter((one) => one > 0 && one < 4).length,
    dead: stages.filter((one) => one === 0).length,
  };
}

interface Health {
  readonly cameras?: readonly { readonly id: string }[];
  readonly gauges?: readonly { readonly id: string }[];
}

/** What hangs on a node, by its own last word. */
export function hangsOn(node: Node): { cameras: readonly string[]; gauges: readonly string[] } {
  const health = (node.health ?? {}) as Health;
  return {
    cameras: (health.cameras ?? []).map((one) => one.id),
    gauges: (health.gauges ?? []).map((one) => one.id),
  };
}
