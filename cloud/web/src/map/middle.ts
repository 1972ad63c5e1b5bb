// Where a shape is; apart from shapes.ts, which brings MapLibre.

import type { Geometry } from "geojson";

/** The mean of all corners: near enough to look there. */
export function middleOf(geometry: Geometry): readonly [number, number] {
  const flat: [number, number][] = [];
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === "number") flat.push([Number(part[0]), Number(part[1])]);
    else for (const one of part) walk(one);
  };
  if ("coordinates" in geometry) walk(geometry.coordinates);
  const mean = (at: 0 | 1): number => flat.reduce((sum, one) => sum + one[at], 0) / Math.max(1, flat.length);
  return [mean(0), mean(1)];
}
