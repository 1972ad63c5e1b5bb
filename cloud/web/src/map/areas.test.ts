import type { MultiLineString, Position } from "geojson";
import { describe, expect, it } from "vitest";
import type { FloodState } from "../live/city";
import { bordersOf, floodedOf, groundOf, keyed } from "./areas";
import type { Shape, Shapes } from "./shapes";

const area = (id: string, kind: string, parent: string | null = null, ring: Position[] = []): Shape => ({
  type: "Feature",
  id,
  geometry: { type: "Polygon", coordinates: [ring] },
  properties: { name: id, kind, parent },
});
const shapes: Shapes = {
  type: "FeatureCollection",
  features: [
    area("31", "province"),
    area("31.1", "city", "31"),
    area("31.1.a", "kelurahan", "31.1"),
    area("31.1.b", "kelurahan", "31.1"),
    area("32.9.c", "kelurahan", "32.9"), // of a city that is not known
  ],
};
const flood = (area_id: string, state: string): FloodState => ({ area_id, state }) as FloodState;

describe("areas on the map", () => {
  it("carry the id that a click needs, and are land once", () => {
    const found = keyed(shapes).features.map((one) => one.properties);
    expect(found.map((one) => one?.key)).toEqual(["31", "31.1", "31.1.a", "31.1.b", "32.9.c"]);
    expect(found.filter((one) => one?.isLand).map((one) => one?.key)).toEqual(["31.1", "32.9.c"]);
  });

  it("share borders, which are drawn once, by the strongest", () => {
    const [nw, n, ne, se, s, sw] = [
      [0, 1],
      [1, 1],
      [2, 1],
      [2, 0],
      [1, 0],
      [0, 0],
    ] as const;
    const city = area(
      "1",
      "city",
      null,
      [nw, n, ne, se, s, sw, nw].map((one) => [...one]),
    );
    const west = area(
      "1.w",
      "kelurahan",
      "1",
      [nw, n, s, sw, nw].map((one) => [...one]),
    );
    const east = area(
      "1.e",
      "kelurahan",
      "1",
      [n, ne, se, s, n].map((one) => [...one]),
    );
    const found = bordersOf({ type: "FeatureCollection", features: [east, west, city] }).features;
    const lines = found.map((one) => [one.properties?.kind, (one.geometry as MultiLineString).coordinates]);
    expect(lines).toEqual([
      ["city", [[nw, n, ne, se, s, sw, nw]]],
      ["kecamatan", []],
      ["kelurahan", [[s, n]]],
    ]);
  });

  it("are flooded only where a state says so", () => {
    const found = floodedOf(shapes, [flood("31.1.a", "severe"), flood("31.1.b", "none"), flood("31.1", "minor")]);
    expect(found.features.map((one) => one.properties)).toMatchObject([{ name: "31.1.a", state: "severe" }]);
  });

  it("have ids of their own together with borders, rivers and floods", () => {
    const river: Shape = { type: "Feature", geometry: { type: "LineString", coordinates: [] }, properties: {} };
    const ground = groundOf(shapes, { type: "FeatureCollection", features: [river, river] });
    const floods = floodedOf(shapes, [flood("31.1.a", "severe")]);
    const uids = [...ground.features, ...floods.features].map((one) => one.properties?.uid);
    expect(new Set(uids).size).toBe(uids.length);
    expect(uids).toHaveLength(5 + 3 + 2 + 1);
    expect(new Set(ground.features.map((one) => one.properties?.part))).toEqual(new Set(["area", "border", "river"]));
  });
});
