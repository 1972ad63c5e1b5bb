// Roads as lines: streets that a camera sees under water, and jams and blocked roads that a feed lists.

import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { Roads, StreetDepth } from "../published/files";

export type RoadKind = "closed" | "flooded" | "depth" | "ahead" | "blocked" | "jam";

/** One line to draw: a road, or a way that was searched for. */
export interface DrawnLine {
  readonly key: string;
  readonly kind: RoadKind | "detour";
  readonly line: readonly (readonly [number, number])[];
}

/** One line to draw and to name. */
export interface Road extends DrawnLine {
  readonly kind: RoadKind;
  readonly street: string;
  readonly seenAt: string;
  readonly depthCm: number | null;
  readonly isSeenNow: boolean;
  readonly speedKmh: number | null;
  readonly lengthM: number | null;
  readonly delaySeconds: number | null;
  readonly incidentId: string | null;
  /** Of a street with a depth by all that is known of it. */
  readonly depth?: StreetDepth;
}

/** What a camera that sees no water leaves open. */
const DRY_CM = 20;
const SEVERITIES: readonly RoadKind[] = ["closed", "flooded", "depth", "ahead", "blocked", "jam"];

/** All roads of a file: those under water first. */
export function roadsOf({ flooded, traffic, depths }: Roads): readonly Road[] {
  const wet = flooded.map((one) => ({
    key: `street:${one.incident_id}:${one.street}`,
    kind: one.is_closed ? ("closed" as const) : ("flooded" as const),
    street: one.street,
    line: one.line,
    seenAt: one.seen_at,
    depthCm: one.depth_cm,
    isSeenNow: one.is_seen_now,
    speedKmh: null,
    lengthM: null,
    delaySeconds: null,
    incidentId: one.incident_id,
  }));
  const slow = traffic.map((one) => ({
    key: `traffic:${one.id}`,
    kind: one.is_blocked ? ("blocked" as const) : ("jam" as const),
    street: one.street,
    line: one.line,
    seenAt: one.seen_at,
    depthCm: null,
    isSeenNow: true,
    speedKmh: one.speed_kmh,
    lengthM: one.length_m,
    delaySeconds: one.delay_seconds,
    incidentId: null,
  }));
  return [...wet, ...(depths ?? []).filter(isWetOrWillBe).map(deep), ...slow].sort(
    (a, b) => SEVERITIES.indexOf(a.kind) - SEVERITIES.indexOf(b.kind),
  );
}

/** A street that a camera sees dry is no line on the map. */
const isWetOrWillBe = ({ answer, low_cm, high_cm, ahead }: StreetDepth): boolean =>
  answer === "wet" || (answer === "known" && (low_cm ?? 0) + (high_cm ?? 0) > DRY_CM) || ahead.length > 0;

const deep = (one: StreetDepth): Road => ({
  key: `depth:${one.id}`,
  kind: one.answer === "unknown" ? "ahead" : "depth",
  street: one.name,
  line: one.line,
  seenAt: newestOf(one) ?? one.computed_at ?? "",
  depthCm: one.depth_cm,
  isSeenNow: true,
  speedKmh: null,
  lengthM: null,
  delaySeconds: null,
  incidentId: null,
  depth: one,
});

/** When the newest of what a depth follows from was stated. */
export const newestOf = ({ basis }: StreetDepth): string | null =>
  basis.reduce<string | null>((newest, { last_at: at }) => (newest === null || at > newest ? at : newest), null);

export function linesOf(roads: readonly DrawnLine[]): FeatureCollection {
  return {
    type: "FeatureCollection",
    features: roads.map(({ key, kind, line }) => ({
      type: "Feature",
      properties: { key, kind },
      geometry: { type: "LineString", coordinates: line.map(([lat, lon]) => [lon, lat]) },
    })),
  };
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const colour = (): ExpressionSpecification => [
  "match",
  ["get", "kind"],
  "flooded",
  css("--river"),
  "jam",
  css("--stage-2"),
  "detour",
  css("--accent"),
  "depth",
  css("--river"),
  "ahead",
  css("--paper"),
  css("--stage-1"), // closed or blocked
];

/** An edge, so that a line stands out on any street; what is closed is dashed, not only red. */
export function roadLayers(big: number): LayerSpecification[] {
  const line = { type: "line" as const, source: "roads" };
  const layout = { "line-cap": "round" as const, "line-join": "round" as const };
  return [
    { ...line, layout, id: "road-edge", paint: { "line-color": css("--ink"), "line-width": 8 * big } },
    { ...line, layout, id: "road-line", paint: { "line-color": colour(), "line-width": 5 * big } },
    {
      ...line,
      id: "road-closed",
      filter: ["in", ["get", "kind"], ["literal", ["closed", "blocked"]]],
      paint: { "line-color": css("--paper"), "line-width": 2.5 * big, "line-dasharray": [1, 2] },
    },
  ];
}

/** What has to be painted anew when the theme changes. */
export const roadRepaints = (): readonly (readonly [layer: string, property: string, value: unknown])[] => [
  ["road-edge", "line-color", css("--ink")],
  ["road-line", "line-color", colour()],
  ["road-closed", "line-color", css("--paper")],
];
