// Where a detour must not lead: around reported floods, and along streets that are flooded, foreseen to flood, or blocked.

import { FLOOD_REACH_M } from "../api/registries";
import type { Incident } from "../live/city";
import type { Spot } from "../live/reading";
import type { Road } from "../roads/lines";
import { metresBetween, metresToLine } from "./metres";

/** Something to stay away from. */
export interface Water {
  readonly holds: (spot: Spot) => boolean;
  readonly touches: (a: Spot, b: Spot) => boolean;
}

export interface Avoided {
  readonly waters: readonly Water[];
  readonly floods: number;
  readonly roads: number;
}

// How exactly two maps draw the same street.
const STREET_REACH_M = 40;

export function avoidedOf(incidents: readonly Incident[], roads: readonly Road[]): Avoided {
  const floods = incidents.filter((one) => one.category === "flooding");
  const closed = roads.filter((one) => one.kind !== "jam");
  return {
    waters: [...floods.map((one) => around(one.place)), ...closed.map(along)],
    floods: floods.length,
    roads: closed.length,
  };
}

const around = (place: Spot): Water => ({
  holds: (spot) => metresBetween(spot, place) <= FLOOD_REACH_M,
  touches: (a, b) => metresToLine(place, a, b) <= FLOOD_REACH_M,
});

/** A street meets the closed one where it runs along it, not where it crosses it at an end. */
function along({ line }: Road): Water {
  const corners = line.map(([lat, lon]) => ({ lat, lon }));
  const middles = corners.slice(1).map((b, at) => middle(corners[at] ?? b, b));
  return {
    holds: () => false,
    touches: (a, b) => middles.some((one) => metresToLine(one, a, b) <= STREET_REACH_M),
  };
}

const middle = (a: Spot, b: Spot): Spot => ({ lat: (a.lat + b.lat) / 2, lon: (a.lon + b.lon) / 2 });
