// The part of the basemap that a phone stores, so that an officer has streets without a signal. Only when asked for, with
// its size, and never more than the budget.

import { fetchJson } from "../api/client";
import { BASEMAP, BASEMAP_CACHE, type Basemap, loadBasemap, MOST_STORED_BYTES } from "./basemap";
import { loadOutlines } from "./outlines";

export type StoredState = "none" | "stored" | "old" | "impossible";

const address = (file: string): string => new URL(BASEMAP + file, location.href).href;

/** Whether the phone holds the part of the basemap in force; impossible where there is none, or no room is promised. */
export async function storedState(): Promise<StoredState> {
  const basemap = await loadBasemap();
  if (!basemap?.phone || basemap.phone.bytes > MOST_STORED_BYTES || !("caches" in globalThis)) return "impossible";
  const held = await storedFiles();
  if (held.includes(address(basemap.phone.file))) return "stored";
  return held.length > 0 ? "old" : "none";
}

/** Fetches the part for phones and all else that a map needs; throws where it cannot be stored whole. */
export async function storeMap(): Promise<void> {
  const basemap = await loadBasemap();
  if (!basemap?.phone || basemap.phone.bytes > MOST_STORED_BYTES) throw new Error("no part for phones");
  const cache = await caches.open(BASEMAP_CACHE);
  await cache.add(address(basemap.phone.file));
  await removeOthers(cache, basemap.phone.file);
  await fetchJson(BASEMAP + basemap.places);
  await loadOutlines();
  const { prefetch } = await import("./maplibre");
  await prefetch();
}

export async function removeMap(): Promise<void> {
  await removeOthers(await caches.open(BASEMAP_CACHE), null);
}

/** The stored part of this basemap; null where it is not stored. */
export async function storedPart(basemap: Basemap): Promise<Blob | null> {
  const answer = basemap.phone ? await caches.match(address(basemap.phone.file)) : undefined;
  return answer ? answer.blob() : null;
}

async function storedFiles(): Promise<readonly string[]> {
  const cache = await caches.open(BASEMAP_CACHE);
  return (await cache.keys()).map((one) => one.url).filter((url) => url.endsWith(".phone.pmtiles"));
}

async function removeOthers(cache: Cache, file: string | null): Promise<void> {
  const parts = (await cache.keys()).filter(({ url }) => url.endsWith(".phone.pmtiles"));
  await Promise.all(parts.filter(({ url }) => file === null || url !== address(file)).map((one) => cache.delete(one)));
}
