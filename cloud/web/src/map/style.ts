// The style of the map: our own shapes in the colours of the theme, under them tiles where the city configured some.

import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { roadLayers, roadRepaints } from "../roads/lines";
import { SMALL_AREAS } from "./areas";
import { attributionHtml, type Basemap } from "./basemap";
import { streetLayers, streetNames, streetRepaints, streetSource } from "./streets";

export const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

/** Ranks of incidents, the worst lowest. */
const SEVERE = 0;
const MODERATE = 1;
const MINOR = 2;
export const rankOf = (severity: string | null): number =>
  severity === "severe" ? SEVERE : severity === "moderate" ? MODERATE : MINOR;

type Repaint = readonly [layer: string, property: string, value: unknown];

/** What may lie below our own shapes: tiles of a server, or streets from our own file. */
export interface Ground {
  readonly tileUrl: string;
  readonly tileAttribution: string;
  readonly basemap: Basemap | null;
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** How much larger the page's type is than on a desk: on a large screen all that is on the map grows with it. */
const typeScale = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;

export function styleOf({ tileUrl, tileAttribution, basemap }: Ground): StyleSpecification {
  const big = typeScale();
  // What is twice as large needs twice the room, which is one step closer.
  const closer = Math.log2(big);
  const tiles = tileUrl
    ? {
        tiles: {
          type: "raster" as const,
          tiles: tilesOf(tileUrl),
          tileSize: 256,
          attribution: attributionHtml(tileAttribution || `© ${hostOf(tileUrl)}`),
        },
      }
    : {};
  const source = { type: "geojson" as const, data: EMPTY };
  return {
    version: 8,
    sources: {
      ...tiles,
      ...(basemap ? { basemap: streetSource(basemap) } : {}),
      ground: { ...source, promoteId: "uid", tolerance: 0.75 },
      gauges: source,
      cameras: { ...source, cluster: true, clusterRadius: 36 * big, clusterMaxZoom: 13 },
      incidents: {
        ...source,
        cluster: true,
        clusterRadius: 40 * big,
        clusterMaxZoom: 13,
        clusterProperties: { rank: ["min", ["get", "rank"]] }, // a cluster looks like the worst in it
      },
      wet: source,
      roads: source,
      gaps: { ...source, cluster: true, clusterRadius: 24 * big, clusterMaxZoom: 11 },
      officers: source,
      marked: source,
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": css("--sea") } },
      ...(basemap ? streetLayers() : []),
      ...(tileUrl ? [{ id: "tiles", type: "raster" as const, source: "tiles" }] : []),
      {
        id: "land",
        type: "fill",
        source: "ground",
        filter: ["==", ["get", "isLand"], true],
        // Its edge lies under the cities' lines.
        paint: {
          "fill-color": css("--land"),
          "fill-opacity": basemap ? 0 : tileUrl ? 0.1 : 1,
          "fill-antialias": false,
        },
      },
      {
        id: "area-fill", // to be picked, not to be seen: what is not drawn costs nothing
        type: "fill",
        source: "ground",
        filter: partly("area", ["in", ["get", "kind"], ["literal", [...SMALL_AREAS]]]),
        paint: { "fill-opacity": 0 },
      },
      {
        id: "area-line",
        type: "line",
        source: "ground",
        filter: partly("border", ["==", ["get", "kind"], "kelurahan"]),
        minzoom: 10.5 + closer, // farther away they are a grey carpet
        paint: { "line-color": css("--line"), "line-width": 0.6 * big },
      },
      {
        id: "district-line",
        type: "line",
        source: "ground",
        filter: partly("border", ["==", ["get", "kind"], "kecamatan"]),
        minzoom: 9 + closer,
        paint: { "line-color": css("--line"), "line-width": 1.2 * big },
      },
      {
        id: "city-line",
        type: "line",
        source: "ground",
        filter: partly("border", ["==", ["get", "kind"], "city"]),
        paint: { "line-color": css("--line-strong"), "line-width": 1.6 * big },
      },
      {
        id: "rivers",
        type: "line",
        source: "ground",
        filter: partly("river"),
        layout: { "line-join": "round", "line-cap": "round" },
        paint: { "line-color": css("--river"), "line-width": 2.2 * big },
      },
      ...floodLayers(big),
      ...roadLayers(big),
      {
        id: "gaps",
        type: "circle",
        source: "gaps",
        paint: {
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 7 * big, 14, 26 * big],
          "circle-color": css("--stage-0"),
          "circle-opacity": 0.28,
          "circle-stroke-color": css("--stage-0"),
          "circle-stroke-width": 1,
        },
      },
      {
        id: "cameras",
        type: "symbol",
        source: "cameras",
        filter: ["!", ["has", "point_count"]],
        minzoom: 11,
        layout: { "icon-image": ["get", "icon"], "icon-size": big, "icon-allow-overlap": true },
      },
      ...(basemap ? streetNames(big) : []),
      ...nameLayers(big, closer),
      ...clusterLayers(big),
      {
        id: "incidents",
        type: "symbol",
        source: "incidents",
        filter: ["!", ["has", "point_count"]],
        layout: {
          "icon-image": ["get", "icon"],
          "icon-size": big,
          "icon-allow-overlap": true,
          "icon-anchor": "bottom",
          "symbol-sort-key": ["-", MINOR, ["get", "rank"]],
        },
      },
      {
        id: "officers",
        type: "symbol",
        source: "officers",
        layout: { "icon-image": ["get", "icon"], "icon-size": big, "icon-allow-overlap": true },
      },
      {
        id: "gauges",
        type: "symbol",
        source: "gauges",
        layout: {
          "icon-image": ["get", "icon"],
          "icon-size": big,
          "icon-allow-overlap": true,
          "symbol-sort-key": ["-", 5, ["get", "rank"]],
        },
      },
      {
        id: "marked",
        type: "circle",
        source: "marked",
        paint: {
          // A ring: what is marked is not hidden by its mark.
          "circle-radius": 22 * big,
          "circle-color": "rgba(0,0,0,0)",
          "circle-stroke-color": css("--accent"),
          "circle-stroke-width": 4 * big,
        },
      },
    ],
  };
}

/** An area only by its outline, because somewhere in it is water, and the surroundings of each reported flood. */
function floodLayers(big: number): LayerSpecification[] {
  const outline = { type: "line" as const, source: "ground", filter: partly("flooded") };
  const layout = { "line-join": "round" as const };
  return [
    { ...outline, id: "flooded-edge", layout, paint: { "line-color": css("--ink"), "line-width": 6 * big } },
    { ...outline, id: "flooded", layout, paint: { "line-color": floodColour(), "line-width": 4 * big } },
    {
      id: "wet",
      type: "fill",
      source: "wet",
      minzoom: 11,
      paint: { "fill-color": css("--river"), "fill-opacity": 0.4, "fill-outline-color": css("--ink") },
    },
  ];
}

const NAMES = [
  ["city", 8.5, 11, 14],
  ["kecamatan", 11, 13, 12],
  ["kelurahan", 13, 18, 12],
] as const;

/** Names of areas, the finer the closer; drawn with the device's own font, so no font is fetched. */
function nameLayers(big: number, closer: number): LayerSpecification[] {
  return NAMES.map(([kind, minzoom, maxzoom, size]) => ({
    id: `${kind}-names`,
    type: "symbol" as const,
    source: "ground",
    filter: partly("area", ["==", ["get", "kind"], kind]),
    minzoom: minzoom + closer,
    maxzoom: maxzoom + closer,
    layout: { "text-field": ["get", "name"], "text-size": size * big, "text-max-width": 7 },
    paint: { "text-color": css("--soft"), "text-halo-color": css("--land"), "text-halo-width": 1.5 * big },
  }));
}

function clusterLayers(big: number): LayerSpecification[] {
  return [
    {
      id: "camera-clusters",
      type: "circle",
      source: "cameras",
      filter: ["has", "point_count"],
      minzoom: 11,
      paint: {
        "circle-color": "#2f3b47",
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1.5,
        "circle-radius": ["step", ["get", "point_count"], 10 * big, 10, 13 * big, 100, 16 * big],
      },
    },
    {
      id: "camera-count",
      type: "symbol",
      source: "cameras",
      filter: ["has", "point_count"],
      minzoom: 11,
      layout: { "text-field": ["get", "point_count_abbreviated"], "text-size": 12 * big, "text-allow-overlap": true },
      paint: { "text-color": "#ffffff" },
    },
    {
      id: "clusters",
      type: "circle",
      source: "incidents",
      filter: ["has", "point_count"],
      paint: {
        "circle-color": clusterColour(),
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 2,
        "circle-radius": ["step", ["get", "point_count"], 13 * big, 10, 17 * big, 100, 22 * big],
      },
    },
    {
      id: "cluster-count",
      type: "symbol",
      source: "incidents",
      filter: ["has", "point_count"],
      layout: {
        // Not by colour alone.
        "text-field": ["concat", ["get", "point_count_abbreviated"], ["match", ["get", "rank"], SEVERE, "!", ""]],
        "text-size": 13 * big,
        "text-allow-overlap": true,
      },
      paint: { "text-color": clusterInk() },
    },
  ];
}

/** Of the worst incident within. */
const clusterColour = (): ExpressionSpecification => [
  "match",
  ["get", "rank"],
  SEVERE,
  css("--stage-1"),
  MODERATE,
  css("--stage-2"),
  "#56389c",
];
const clusterInk = (): ExpressionSpecification => [
  "match",
  ["get", "rank"],
  SEVERE,
  css("--on-stage"),
  MODERATE,
  css("--on-stage-2"),
  "#ffffff",
];

/** Of the one source of all that stands still. */
const partly = (part: string, more?: ExpressionSpecification): ExpressionSpecification => {
  const isPart: ExpressionSpecification = ["==", ["get", "part"], part];
  return more ? ["all", isPart, more] : isPart;
};

const floodColour = (): ExpressionSpecification => [
  "match",
  ["get", "state"],
  "caution",
  css("--flood-caution"),
  "minor",
  css("--flood-minor"),
  "moderate",
  css("--flood-moderate"),
  "severe",
  css("--flood-severe"),
  "rgba(0,0,0,0)",
];

/** What has to be painted anew when the theme changes. */
export const coloursOf = (withStreets: boolean): readonly Repaint[] => [
  ...(withStreets ? streetRepaints() : []),
  ...roadRepaints(),
  ...NAMES.flatMap(([kind]): Repaint[] => [
    [`${kind}-names`, "text-color", css("--soft")],
    [`${kind}-names`, "text-halo-color", css("--land")],
  ]),
  ["sea", "background-color", css("--sea")],
  ["land", "fill-color", css("--land")],
  ["flooded", "line-color", floodColour()],
  ["flooded-edge", "line-color", css("--ink")],
  ["wet", "fill-color", css("--river")],
  ["wet", "fill-outline-color", css("--ink")],
  ["area-line", "line-color", css("--line")],
  ["district-line", "line-color", css("--line")],
  ["city-line", "line-color", css("--line-strong")],
  ["rivers", "line-color", css("--river")],
  ["marked", "circle-stroke-color", css("--accent")],
  ["clusters", "circle-color", clusterColour()],
  ["cluster-count", "text-color", clusterInk()],
];

const hostOf = (tileUrl: string): string => new URL(tilesOf(tileUrl)[0] ?? tileUrl, location.href).host;

const tilesOf = (tileUrl: string): string[] =>
  tileUrl.includes("{s}") ? ["a", "b", "c"].map((one) => tileUrl.replace("{s}", one)) : [tileUrl];
