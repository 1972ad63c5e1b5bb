// What the map draws of the city's areas.

import type { FeatureCollection, Geometry, Position } from "geojson";
import type { FloodState } from "../live/city";
import type { Shape, Shapes } from "./shapes";

/** Floods are told of these, and they are what is picked. */
export const SMALL_AREAS: readonly string[] = ["kelurahan", "rw"];

/** Whose borders are drawn, the strongest line first. */
const BORDERED = ["city", "kecamatan", "kelurahan"] as const;

/** The shapes with what a click must know of them, for the map itself keeps no ids but whole numbers. `isLand`: those
 * that lie in no other but the province; together they are all the land, drawn once. */
export function keyed({ features }: Shapes): FeatureCollection {
  const within = new Set(features.filter((one) => one.properties.kind !== "province").map((one) => one.id));
  const isLand = ({ properties }: Shape): boolean =>
    properties.kind !== "province" && !within.has(String(properties.parent ?? ""));
  return collection(features, (one) => ({ key: one.id, isLand: isLand(one) }));
}

/** Every border once, by the strongest kind that it divides: neighbours and those above them share most of theirs. */
export function bordersOf({ features }: Shapes): FeatureCollection {
  const drawn = new Set<string>();
  const borders = BORDERED.map((kind): Shape => {
    const rings = features.filter((one) => one.properties.kind === kind).flatMap((one) => ringsOf(one.geometry));
    const coordinates = rings.flatMap((ring) => newParts(ring, drawn));
    return { type: "Feature", geometry: { type: "MultiLineString", coordinates }, properties: { kind } };
  });
  return collection(borders, () => ({}));
}

function ringsOf(geometry: Geometry): Position[][] {
  if (geometry.type === "Polygon") return geometry.coordinates;
  return geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : [];
}

/** What of a ring was not drawn yet, in pieces as long as they come; `drawn` then knows it. */
function newParts(ring: readonly Position[], drawn: Set<string>): Position[][] {
  const parts: Position[][] = [];
  let last: Position | null = null;
  for (const [index, to] of ring.entries()) {
    const from = ring[index - 1];
    if (!from) continue;
    const edge = [String(from), String(to)].sort().join(" ");
    if (drawn.has(edge)) continue;
    drawn.add(edge);
    if (last === from) parts.at(-1)?.push(to);
    else parts.push([from, to]);
    last = to;
  }
  return parts;
}

/** All that stands still, in one collection: each source of its own would have its tiles cut out on the screen anew. Every
 * feature has an id of its own in `uid`, so that floods can come and go without the rest. */
export function groundOf(areas: Shapes, rivers: Shapes): FeatureCollection {
  const parts = [
    ["area", keyed(areas)],
    ["border", bordersOf(areas)],
    ["river", rivers as FeatureCollection],
  ] as const;
  return {
    type: "FeatureCollection",
    features: parts.flatMap(([part, { features }]) =>
      features.map((one, at) => ({
        ...one,
        properties: { ...one.properties, part, uid: `${part}-${one.properties?.key ?? at}` },
      })),
    ),
  };
}

/** Only those that are flooded: what is dry is not drawn a second time. */
export function floodedOf(shapes: Shapes, states: Iterable<FloodState>): FeatureCollection {
  const state = new Map([...states].map((one) => [one.area_id, one.state]));
  const isFlooded = (one: Shape): boolean =>
    SMALL_AREAS.includes(String(one.properties.kind)) && (state.get(one.id ?? "") ?? "none") !== "none";
  return collection(shapes.features.filter(isFlooded), (one) => ({
    state: state.get(one.id ?? ""),
    part: "flooded",
    uid: `flooded-${one.id}`,
  }));
}

function collection(shapes: readonly Shape[], more: (one: Shape) => Record<string, unknown>): FeatureCollection {
  const features = shapes.map((one) => ({ ...one, properties: { ...one.properties, ...more(one) } }));
  return { type: "FeatureCollection", features };
}
