// Looks for the shortest detour on the roads of the basemap that stays out of known water where one does.

import createGraph, { type Graph, type Link, type Node } from "ngraph.graph";
import { aStar } from "ngraph.path";
import type { Spot } from "../live/reading";
import { FARTHEST_ROAD_M, metresBetween } from "./metres";
import type { Water } from "./water";

/** As cloud/siaga_cloud/basemap/graph.py writes them: the first street has no name. */
export interface RoadGraph {
  readonly nodes: readonly (readonly [lat: number, lon: number])[];
  readonly edges: readonly (readonly [from: number, to: number, street: number])[];
  readonly streets: readonly string[];
  /** Main roads only, where a city has more than fit. */
  readonly whole: boolean;
}

export interface Detour {
  readonly line: readonly (readonly [lat: number, lon: number])[];
  readonly lengthM: number;
  readonly streets: readonly string[];
  /** It passes known water, not only that in which it begins: none was found that does not. */
  readonly passesWater: boolean;
  readonly beginsInWater: boolean;
}

interface Edge {
  readonly lengthM: number;
  readonly street: string;
  readonly water: readonly Water[];
}

type Roads = Graph<Spot, Edge>;

// Long detours are better than water, and water is better than no way at all, which is then told.
const WATER_COSTS = 20;
const MOST_STREETS = 6;

/** Null where no road of the map is near the start or the end; the roads are one connected graph. */
export function findDetour(map: RoadGraph, from: Spot, to: Spot, waters: readonly Water[]): Detour | null {
  const first = nearest(map, from);
  const last = nearest(map, to);
  if (first === null || last === null) return null;
  const graph = graphOf(map, waters);
  const finder = aStar(graph, {
    distance: (_a, _b, { data }) => data.lengthM * (data.water.length > 0 ? WATER_COSTS : 1),
    heuristic: (a, b) => metresBetween(a.data, b.data),
  });
  const nodes = finder.find(first, last).reverse();
  const edges = nodes.slice(1).flatMap((node, at) => between(graph, nodes[at], node));
  const start = waters.filter((one) => one.holds(from));
  return {
    line: [[from.lat, from.lon], ...nodes.map(({ data }) => [data.lat, data.lon] as const), [to.lat, to.lon]],
    lengthM: edges.reduce((sum, { data }) => sum + data.lengthM, 0),
    streets: namesOf(edges.map(({ data }) => data.street)),
    passesWater: edges.some(({ data }) => data.water.some((one) => !start.includes(one))),
    beginsInWater: start.length > 0,
  };
}

/** A road can be walked in both directions; the graph holds it once. */
function between(graph: Roads, a: Node<Spot> | undefined, b: Node<Spot>): readonly Link<Edge>[] {
  const found = a && (graph.getLink(a.id, b.id) ?? graph.getLink(b.id, a.id));
  return found ? [found] : [];
}

function graphOf(map: RoadGraph, waters: readonly Water[]): Roads {
  const graph: Roads = createGraph();
  map.nodes.forEach(([lat, lon], id) => {
    graph.addNode(id, { lat, lon });
  });
  for (const [from, to, street] of map.edges) {
    const [a, b] = [spotOf(map, from), spotOf(map, to)];
    const water = waters.filter((one) => one.touches(a, b));
    graph.addLink(from, to, { lengthM: metresBetween(a, b), street: map.streets[street] ?? "", water });
  }
  return graph;
}

const spotOf = (map: RoadGraph, id: number): Spot => {
  const [lat, lon] = map.nodes[id] ?? [0, 0];
  return { lat, lon };
};

function nearest(map: RoadGraph, spot: Spot): number | null {
  let found: number | null = null;
  let least = FARTHEST_ROAD_M;
  map.nodes.forEach(([lat, lon], id) => {
    const distance = metresBetween(spot, { lat, lon });
    if (distance <= least) [found, least] = [id, distance];
  });
  return found;
}

/** In the order in which they are walked, each once in a row. */
const namesOf = (streets: readonly string[]): readonly string[] =>
  streets.filter((one, at) => one !== "" && one !== streets[at - 1]).slice(0, MOST_STREETS);
