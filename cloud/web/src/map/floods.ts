// Where water is known to stand: the surroundings of each reported flood, as large as reports of one flood may lie apart.

import type { FeatureCollection, Position } from "geojson";
import { FLOOD_REACH_M } from "../api/registries";
import type { Incident } from "../live/city";
import type { Spot } from "../live/reading";

const CORNERS = 32;
const DEGREE_M = 111_195;

/** Circles around the open floods; how far the water really reaches nobody measured. */
export function spotsOf(incidents: Iterable<Incident>): FeatureCollection {
  const floods = [...incidents].filter((one) => one.category === "flooding");
  return {
    type: "FeatureCollection",
    features: floods.map((one) => ({
      type: "Feature",
      properties: { key: one.id, severity: one.severity ?? "" },
      geometry: { type: "Polygon", coordinates: [ring(one.place, FLOOD_REACH_M)] },
    })),
  };
}

function ring({ lat, lon }: Spot, reach: number): Position[] {
  const high = reach / DEGREE_M;
  const wide = high / Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: CORNERS + 1 }, (_, at) => {
    const angle = (2 * Math.PI * (at % CORNERS)) / CORNERS;
    return [lon + wide * Math.cos(angle), lat + high * Math.sin(angle)];
  });
}
