// Shapes of the city as they come from the API, and where the map should look.

import type { FeatureCollection, Geometry } from "geojson";
import { LngLatBounds } from "maplibre-gl";
import type { Spot } from "../live/reading";
import { middleOf } from "./middle";

export interface Shape {
  readonly type: "Feature";
  readonly id?: string;
  readonly geometry: Geometry;
  readonly properties: Readonly<Record<string, unknown>>;
}
export interface Shapes {
  readonly type: "FeatureCollection";
  readonly schematic?: boolean;
  readonly features: readonly Shape[];
}

export function points<T extends Spot & { readonly id: string }>(
  items: readonly T[],
  more: (one: T) => Record<string, unknown>,
): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: items.map((one) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [one.lon, one.lat] },
      properties: { key: one.id, ...more(one) },
    })),
  };
}

/** Where most of the smallest areas are: far islands and upstream gauges do not make the city small. */
export function boundsOf(areas: Shapes): LngLatBounds | null {
  const kind = ["kelurahan", "kecamatan", "city", "province"].find((one) =>
    areas.features.some((shape) => shape.properties.kind === one),
  );
  const middles = areas.features.filter((one) => one.properties.kind === kind).map((one) => middleOf(one.geometry));
  if (middles.length === 0) return null;
  const cut = (values: readonly number[], low: number, high: number): readonly [number, number] => {
    const sorted = [...values].sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.round((sorted.length - 1) * share)] ?? 0;
    const edge = (at(high) - at(low)) * 0.07 + 0.002;
    return [at(low) - edge, at(high) + edge];
  };
  const [west, east] = cut(
    middles.map(([lon]) => lon),
    0.01,
    0.99,
  );
  const [south, north] = cut(
    middles.map(([, lat]) => lat),
    0.01,
    0.97,
  );
  return new LngLatBounds([west, south], [east, north]);
}
