// What is in the published files (cloud/siaga_cloud/published/models.py), and where they are.

import type { Schemas } from "../api/client";
import type { Camera, FloodState, Gauge, Incident } from "../live/city";

/** When the file was made, and until when it may be read as the present. */
export interface Stamped {
  readonly generated_at: string;
  readonly valid_until: string;
}

/** An alert in both languages: the texts without an ending are Indonesian. */
export type PublishedAlert = Schemas["Alert"] & {
  readonly headline_en: string;
  readonly text_en: string;
  readonly instruction_en: string;
};

export interface Now extends Stamped {
  readonly gauges: readonly Gauge[];
  /** The worst of those in force; `alert_count` counts all. */
  readonly alerts: readonly PublishedAlert[];
  readonly alert_count: number;
  readonly unconfirmed_alert_count: number;
  readonly flood_states: readonly FloodState[];
  readonly incidents: readonly Incident[];
  readonly incident_count: number;
}

export interface Alerts extends Stamped {
  readonly alerts: readonly PublishedAlert[];
}

export interface Incidents extends Stamped {
  readonly incidents: readonly Incident[];
}

export interface Cameras extends Stamped {
  readonly cameras: readonly Camera[];
}

/** What comes down one river to an area (cloud/siaga_cloud/published/water.py). */
export interface AreaWater {
  /** From the farthest gauge upstream to the one of the area; minutes of travel to that one, null where not known. */
  readonly strip: readonly { readonly gauge_id: string; readonly minutes: number | null }[];
  readonly answer: "here" | "coming" | "rising" | "unknown" | "calm";
  readonly from_id: string | null;
  readonly at: string | null;
  readonly low_cm: number | null;
  readonly high_cm: number | null;
  readonly stage: number | null;
  readonly unknown: readonly string[];
}

export interface AreaShelter {
  readonly name: string | null;
  readonly lat: number;
  readonly lon: number;
  /** In a straight line from the middle of the area. */
  readonly distance_m: number;
  readonly source: string;
}

/** A camera whose newest redacted snapshot the city shows to everybody. */
export interface NearCamera {
  readonly id: string;
  readonly name: string;
  readonly name_en: string;
  readonly distance_m: number;
  readonly taken_at: string;
}

export interface Snapshot extends Stamped {
  readonly camera_id: string;
  readonly taken_at: string;
  /** In Base64. */
  readonly jpeg: string;
}

type Line = readonly (readonly [lat: number, lon: number])[];

/** The part of a street that a camera sees under water (cloud/siaga_cloud/published/roads.py). */
export interface FloodedStreet {
  readonly incident_id: string;
  readonly street: string;
  readonly line: Line;
  readonly severity: string;
  readonly certainty: string;
  /** At least; null: not known. */
  readonly depth_cm: number | null;
  readonly is_closed: boolean;
  readonly is_seen_now: boolean;
  readonly began_at: string;
  readonly seen_at: string;
}

/** A jam or a blocked road as a feed states it; null: it states none. */
export interface TrafficLine {
  readonly id: string;
  readonly street: string;
  readonly line: Line;
  readonly is_blocked: boolean;
  readonly speed_kmh: number | null;
  readonly length_m: number;
  readonly delay_seconds: number | null;
  readonly began_at: string;
  readonly seen_at: string;
}

/** The depth of water on a street (cloud/siaga_cloud/streets/forms.py); null: not known, never 0. */
export interface StreetDepth {
  readonly id: string;
  readonly name: string;
  readonly line: Line;
  /** Its place and the height of its road are drawn; missing in a file of an older publisher. */
  readonly schematic?: boolean;
  readonly answer: "known" | "wet" | "unknown";
  readonly depth_cm: number | null;
  readonly low_cm: number | null;
  readonly high_cm: number | null;
  /** What it follows from: how many sources of a kind, and when the last of them stated it. */
  readonly basis: readonly {
    readonly kind: "camera" | "report" | "gauge";
    readonly count: number;
    readonly last_at: string;
    readonly names: readonly string[];
  }[];
  readonly ahead: readonly {
    readonly at: string;
    readonly low_cm: number;
    readonly high_cm: number;
  }[];
  readonly computed_at: string | null;
  readonly valid_until: string | null;
}

/** A road that is not listed is not known to be free. */
export interface Roads extends Stamped {
  readonly flooded: readonly FloodedStreet[];
  readonly traffic: readonly TrafficLine[];
  /** The deepest first; missing in a file of an older publisher. */
  readonly depths?: readonly StreetDepth[];
}

export interface Area extends Stamped {
  readonly id: string;
  readonly name: string;
  readonly parent_name: string | null;
  readonly statistics: Schemas["AreaContext"]["statistics"];
  readonly layers: readonly { id: string; title_id: string; title_en: string; count: number }[];
  readonly gauges: readonly string[];
  readonly alert: PublishedAlert | null;
  readonly flood: FloodState & { readonly evidence: Schemas["AreaFloodStateDetail"]["evidence"] };
  readonly incidents: readonly Incident[];
  /** The nearest first, by the city's layer `shelters`; missing in a file of an older publisher. */
  readonly shelters?: readonly AreaShelter[];
  /** The gravest first; missing in a file of an older publisher. */
  readonly water?: readonly AreaWater[];
  /** Its deepest streets; missing in a file of an older publisher. */
  readonly streets?: readonly StreetDepth[];
  /** The nearest public camera that has a snapshot; missing in a file of an older publisher. */
  readonly camera?: NearCamera | null;
}

export interface Series extends Stamped {
  readonly gauge_id: string;
  readonly readings: readonly Schemas["Reading"][];
  readonly forecast: Schemas["Forecast"];
  readonly history: Schemas["GaugeHistory"];
}

export interface Layers extends Stamped {
  readonly layers: readonly Schemas["MapLayer"][];
}

export const NOW = "now.json";
export const ALERTS = "alerts.json";
export const INCIDENTS = "layers/incidents.json";
export const CAMERAS = "layers/cameras.json";
export const LAYERS = "layers/index.json";
export const ROADS = "layers/roads.json";
export const AREAS = "/state/layers/areas.json";
export const RIVERS = "/state/layers/rivers.json";
export const areaFile = (id: string): string => `areas/${encodeURIComponent(id)}.json`;
export const snapshotFile = (id: string): string => `cameras/${encodeURIComponent(id)}.json`;
export const seriesFile = (id: string): string => `gauges/${encodeURIComponent(id)}.json`;
