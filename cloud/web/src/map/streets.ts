// How the basemap is drawn: Protomaps' own style in the colours of our themes, without its fonts and sprites. Texts are
// drawn with the device's font and marks by us, like everything else on the map, so nothing more is fetched.

import { type Flavor, layers, namedFlavor } from "@protomaps/basemaps";
import { addProtocol, type LayerSpecification, type VectorSourceSpecification } from "maplibre-gl";
import { PMTiles, Protocol, type RangeResponse, type Source } from "pmtiles";
import { attributionHtml, BASEMAP, type Basemap } from "./basemap";
import { storedPart } from "./stored";

const SOURCE = "basemap";
/** Of the style: what needs sprites, what our own layers draw, and what no city has. */
const DROPPED =
  /^(background|landcover|landuse_(hospital|school|zoo)|roads_(oneway|shields|taxiway|runway)|pois|places_|earth_label|address|boundaries|water_label_ocean)/;
const NAME: LayerSpecification["layout"] = { "text-field": ["coalesce", ["get", "name:id"], ["get", "name"]] };
const LANDMARK = "landmark";

const protocol = new Protocol();
addProtocol("pmtiles", protocol.tile);

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A file of tiles that the phone stored whole. */
class StoredSource implements Source {
  constructor(
    private readonly key: string,
    private readonly blob: Blob,
  ) {}

  getKey(): string {
    return this.key;
  }

  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    return { data: await this.blob.slice(offset, offset + length).arrayBuffer() };
  }
}

const addressOf = (file: string): string => new URL(BASEMAP + file, location.href).href;

/** The basemap that can be read now: without a server the part that the phone stored, or none. */
export async function readable(basemap: Basemap | null): Promise<Basemap | null> {
  if (!basemap?.isStored) return basemap;
  const part = await storedPart(basemap);
  if (!part || !basemap.phone) return null;
  const { file, max_zoom } = basemap.phone;
  protocol.add(new PMTiles(new StoredSource(addressOf(file), part)));
  return { ...basemap, file, max_zoom };
}

export function streetSource(basemap: Basemap): VectorSourceSpecification {
  return {
    type: "vector",
    tiles: [`pmtiles://${addressOf(basemap.file)}/{z}/{x}/{y}`],
    minzoom: basemap.min_zoom,
    maxzoom: basemap.max_zoom,
    bounds: [...basemap.bounds],
    attribution: attributionHtml(basemap.attribution),
  };
}

/** Land, water, parks and roads, which lie under all else. */
export const streetLayers = (): LayerSpecification[] => drawn().filter((one) => one.type !== "symbol");

/** Names of streets and landmarks, which lie over what is flooded; `big` is how large type is. */
export function streetNames(big: number): LayerSpecification[] {
  const names = drawn().filter((one) => one.type === "symbol");
  return [...names.map((one) => renamed(one, big)), landmarks(big)];
}

function renamed(layer: LayerSpecification, big: number): LayerSpecification {
  const { "text-font": _, ...layout } = (layer.layout ?? {}) as Record<string, unknown>;
  return { ...layer, layout: { ...layout, ...NAME, "text-size": 12 * big } } as LayerSpecification;
}

/** What has to be painted anew when the theme changes. */
export function streetRepaints(): readonly (readonly [layer: string, property: string, value: unknown])[] {
  return [...drawn(), landmarks(1)].flatMap((layer) =>
    Object.entries(layer.paint ?? {})
      .filter(([property]) => property.endsWith("-color"))
      .map(([property, value]) => [layer.id, property, value] as const),
  );
}

/** Protomaps names its layers so that none is called like one of ours. */
function drawn(): LayerSpecification[] {
  return (layers(SOURCE, flavor(), { lang: "id" }) as LayerSpecification[])
    .filter((one) => !DROPPED.test(one.id))
    .map((one) => ({ ...one, id: `base_${one.id}` }));
}

function landmarks(big: number): LayerSpecification {
  return {
    id: "base_landmarks",
    type: "symbol",
    source: SOURCE,
    "source-layer": "pois",
    minzoom: 12,
    filter: ["all", ["has", "name"], ["<=", ["coalesce", ["get", "min_zoom"], 15], ["zoom"]]],
    layout: {
      ...NAME,
      "icon-image": LANDMARK,
      "icon-size": big,
      "text-size": 11 * big,
      "text-anchor": "top",
      "text-offset": [0, 0.4],
      "text-max-width": 8,
      "text-optional": true,
      "symbol-sort-key": ["coalesce", ["get", "min_zoom"], 15],
    },
    paint: { "text-color": css("--ink"), "text-halo-color": css("--land"), "text-halo-width": 1.4 * big },
  } as LayerSpecification;
}

type Theme = "light" | "dark" | "sun";
const BASE: Readonly<Record<Theme, string>> = { light: "light", dark: "dark", sun: "white" };

/** Roads: fill and edge by their weight. */
type Weight = "toll" | "major" | "minor" | "edge" | "rail" | "park";
const ROADS: Readonly<Record<Theme, Readonly<Record<Weight, string>>>> = {
  light: { toll: "#f3c77f", major: "#ffffff", minor: "#ffffff", edge: "#b9b3a6", rail: "#77808a", park: "#d3e8cf" },
  dark: { toll: "#7a6540", major: "#5d7082", minor: "#43525f", edge: "#0d141b", rail: "#8b98a5", park: "#1d3129" },
  sun: { toll: "#f0a500", major: "#ffffff", minor: "#ffffff", edge: "#3b3b3b", rail: "#1d1d1d", park: "#d5ecd0" },
};

/** Every edge of a road, whichever it is. */
const edges = (colour: string): Partial<Flavor> =>
  Object.fromEntries(
    Object.keys(namedFlavor("light"))
      .filter((one) => one.includes("_casing"))
      .map((one) => [one, colour]),
  );

function flavor(): Flavor {
  const set = document.documentElement.dataset.theme;
  const theme: Theme = set === "dark" || set === "sun" ? set : "light";
  const { toll, major, minor, edge, rail, park } = ROADS[theme];
  const label = { ink: css("--soft"), halo: css("--land") };
  return {
    ...namedFlavor(BASE[theme]),
    earth: css("--land"),
    water: css("--sea"),
    park_a: park,
    park_b: park,
    wood_a: park,
    wood_b: park,
    scrub_a: park,
    scrub_b: park,
    aerodrome: css("--sunk"),
    industrial: css("--sunk"),
    pedestrian: css("--sunk"),
    railway: rail,
    highway: toll,
    bridges_highway: toll,
    tunnel_highway: toll,
    major,
    bridges_major: major,
    tunnel_major: major,
    link: major,
    bridges_link: major,
    tunnel_link: major,
    minor_a: minor,
    minor_b: minor,
    minor_service: minor,
    bridges_minor: minor,
    tunnel_minor: minor,
    other: minor,
    bridges_other: minor,
    tunnel_other: minor,
    ...edges(edge),
    roads_label_major: label.ink,
    roads_label_major_halo: label.halo,
    roads_label_minor: label.ink,
    roads_label_minor_halo: label.halo,
    ocean_label: css("--river"),
  };
}
