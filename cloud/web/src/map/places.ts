// What can be searched on a map: names of the basemap, areas and gauges, without asking a server for what is typed.

import { fetchJson } from "../api/client";
import type { Gauge } from "../live/city";
import { BASEMAP, type Basemap } from "./basemap";
import { middleOf } from "./middle";
import { type Findable, type PlaceKind, searchWords } from "./search";
import type { Shapes } from "./shapes";

type Row = readonly [name: string, kind: PlaceKind, lat: number, lon: number];

let known: Promise<readonly Findable[]> | null = null;

/** Asked for when somebody searches first: the list of a large city has a megabyte. */
export function loadNames(basemap: Basemap): Promise<readonly Findable[]> {
  known ??= fetchJson<{ readonly places: readonly Row[] }>(BASEMAP + basemap.places)
    .then(({ places }) => places.map(([name, kind, lat, lon]) => findable(name, kind, lat, lon)))
    .catch((error) => {
      known = null;
      throw error;
    });
  return known;
}

export const ofAreas = ({ features }: Shapes): readonly Findable[] =>
  features
    .filter((one) => one.properties.kind !== "province" && typeof one.properties.name === "string")
    .map((one) => {
      const [lon, lat] = middleOf(one.geometry);
      return findable(String(one.properties.name), "area", lat, lon);
    });

export const ofGauges = (gauges: Iterable<Gauge>): readonly Findable[] =>
  [...gauges].map((one) => findable(one.name, "gauge", one.lat, one.lon));

function findable(name: string, kind: PlaceKind, lat: number, lon: number): Findable {
  return { name, kind, lat, lon, words: searchWords(name) };
}
