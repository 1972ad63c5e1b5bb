import { describe, expect, it } from "vitest";
import { FLOOD_REACH_M } from "../api/registries";
import type { Incident } from "../live/city";
import type { Road } from "../roads/lines";
import { detourAddress, goalOf } from "./address";
import { metresBetween, metresToLine } from "./metres";
import { findDetour, type RoadGraph } from "./search";
import { avoidedOf } from "./water";

// A block of about 1.1 by 2.2 km: along the south it is nearer than around by the north.
//   3 --- 4 --- 5
//   |           |
//   0 --- 1 --- 2
const ROADS: RoadGraph = {
  nodes: [
    [-6.2, 106.8],
    [-6.2, 106.81],
    [-6.2, 106.82],
    [-6.19, 106.8],
    [-6.19, 106.81],
    [-6.19, 106.82],
  ],
  edges: [
    [0, 1, 1],
    [1, 2, 1],
    [0, 3, 2],
    [3, 4, 3],
    [5, 4, 3],
    [2, 5, 0],
  ],
  streets: ["", "Jalan Selatan", "Jalan Barat", "Jalan Utara"],
  whole: true,
};
const WEST = { lat: -6.2001, lon: 106.8 };
const EAST = { lat: -6.2001, lon: 106.82 };

const flood = (lat: number, lon: number): Incident =>
  ({ id: `${lat},${lon}`, category: "flooding", place: { lat, lon } }) as Incident;
const road = (kind: Road["kind"], ...line: [number, number][]): Road => ({ kind, line }) as unknown as Road;

describe("a detour on the roads of the map", () => {
  it("is the shortest where nothing is known to be flooded", () => {
    const detour = findDetour(ROADS, WEST, EAST, []);
    expect(detour?.streets).toEqual(["Jalan Selatan"]);
    expect(detour?.lengthM).toBeCloseTo(metresBetween(WEST, EAST), -1);
    expect(detour?.line.length).toBe(5);
    expect(detour?.passesWater).toBe(false);
  });

  it("goes around the surroundings of a reported flood", () => {
    const { waters, floods } = avoidedOf([flood(-6.2, 106.81)], []);
    const detour = findDetour(ROADS, WEST, EAST, waters);
    expect(floods).toBe(1);
    expect(detour?.streets).toEqual(["Jalan Barat", "Jalan Utara"]);
    expect(detour?.passesWater).toBe(false);
  });

  it("does not go around what is no flood", () => {
    const trash = { ...flood(-6.2, 106.81), category: "trash" } as Incident;
    expect(findDetour(ROADS, WEST, EAST, avoidedOf([trash], []).waters)?.streets).toEqual(["Jalan Selatan"]);
  });

  it("says so where every detour passes water", () => {
    const detour = findDetour(ROADS, WEST, EAST, avoidedOf([flood(-6.2, 106.81), flood(-6.19, 106.81)], []).waters);
    expect(detour?.passesWater).toBe(true);
    expect(detour?.beginsInWater).toBe(false);
  });

  it("may begin in a flood, which is said, and leaves it", () => {
    const detour = findDetour(ROADS, WEST, EAST, avoidedOf([flood(-6.2, 106.8)], []).waters);
    expect([detour?.beginsInWater, detour?.passesWater]).toEqual([true, false]);
  });

  it.each(["closed", "flooded", "blocked"] as const)("goes around a road that is %s", (kind) => {
    const { waters, roads } = avoidedOf([], [road(kind, [-6.2, 106.813], [-6.2, 106.816])]);
    expect(roads).toBe(1);
    expect(findDetour(ROADS, WEST, EAST, waters)?.streets).toEqual(["Jalan Barat", "Jalan Utara"]);
  });

  it("may pass a jam and cross a road that is closed farther on", () => {
    const jam = road("jam", [-6.2, 106.813], [-6.2, 106.816]);
    const farther = road("closed", [-6.2, 106.81], [-6.21, 106.81]);
    expect(findDetour(ROADS, WEST, EAST, avoidedOf([], [jam, farther]).waters)?.streets).toEqual(["Jalan Selatan"]);
  });

  it("is none where the map has no road near the start or the end", () => {
    expect(findDetour(ROADS, { lat: -6.3, lon: 106.8 }, EAST, [])).toBeNull();
    expect(findDetour(ROADS, WEST, { lat: -6.2, lon: 106.9 }, [])).toBeNull();
    expect(findDetour({ ...ROADS, nodes: [], edges: [] }, WEST, EAST, [])).toBeNull();
  });
});

describe("distances", () => {
  it("are measured to a line, not to its corners", () => {
    const [a, b] = [WEST, EAST];
    expect(metresToLine({ lat: -6.2011, lon: 106.81 }, a, b)).toBeCloseTo(111.2, 0);
    expect(metresToLine({ lat: -6.2001, lon: 106.83 }, a, b)).toBeCloseTo(
      metresBetween(b, { lat: -6.2001, lon: 106.83 }),
      0,
    );
    expect(metresToLine(EAST, WEST, WEST)).toBeCloseTo(metresBetween(WEST, EAST), 0);
    expect(FLOOD_REACH_M).toBeGreaterThan(100);
  });
});

describe("the address of a way", () => {
  it("is read as it was written", () => {
    const goal = { lat: -6.20712, lon: 106.85123, name: "SDN 1 & 2" };
    expect(goalOf(new URL(detourAddress(goal), "https://x").search)).toEqual(goal);
  });

  it.each(["", "?detour=", "?detour=a,b", "?detour=-6.2", "?detour=99,106", "?detour=-6,200"])(
    "is none for %j",
    (search) => {
      expect(goalOf(search)).toBeNull();
    },
  );
});
