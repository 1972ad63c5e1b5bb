// The city's basemap: streets from one file on our own server, named by an index that is there even without a file.

import { CACHED_HEADER } from "../queue/cached";

export interface Basemap {
  readonly file: string;
  readonly bytes: number;
  readonly places: string;
  /** The graph of the roads; missing in the index of an older import. */
  readonly roads?: string;
  /** What a phone stores for use without a signal. */
  readonly phone: { readonly file: string; readonly bytes: number; readonly max_zoom: number } | null;
  readonly bounds: readonly [number, number, number, number];
  readonly min_zoom: number;
  readonly max_zoom: number;
  readonly attribution: string;
  readonly schematic: boolean;
  /** The server is away: what is known of the basemap is what the device stored. */
  readonly isStored: boolean;
}

export const BASEMAP = "/basemap/";
/** Where the service worker and the pages store what of it is used without a signal (sw.ts). */
export const BASEMAP_CACHE = "siaga-basemap";
export const MOST_STORED_BYTES = 16 * 2 ** 20;
const INDEX = `${BASEMAP}index.json`;

let known: Promise<Basemap | null> | null = null;

/** Asked for once per visit; null where the city has none, or no answer came. */
export function loadBasemap(): Promise<Basemap | null> {
  known ??= read().catch(() => {
    known = null;
    return null;
  });
  return known;
}

async function read(): Promise<Basemap | null> {
  const answer = await fetch(INDEX);
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const found = (await answer.json()) as Omit<Basemap, "isStored"> | { readonly file: null };
  return found.file === null ? null : { ...found, isStored: answer.headers.has(CACHED_HEADER) };
}

/** The words as MapLibre wants them: text, with the address that OpenStreetMap's licence asks for. */
export function attributionHtml(text: string): string {
  const safe = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  return safe.replace(
    "OpenStreetMap",
    '<a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noreferrer">OpenStreetMap</a>',
  );
}
