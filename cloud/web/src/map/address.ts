// The view of a map in the address of its page: `?at=-6.2079,106.8484,14`, to be shared.

import type { Spot } from "../live/reading";

export type View = Spot & { readonly zoom: number };

const KEY = "at";
const FAR_ZOOM = 7;
const NEAR_ZOOM = 18;

/** Null where the address names no view, or none that can be. */
export function viewOf(search: string): View | null {
  const text = new URLSearchParams(search).get(KEY) ?? "";
  const parts = text.split(",").map((one) => (one.trim() === "" ? Number.NaN : Number(one)));
  const [lat = Number.NaN, lon = Number.NaN, zoom = Number.NaN] = parts;
  const isRight = parts.length === 3 && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  return isRight && zoom >= FAR_ZOOM && zoom <= NEAR_ZOOM ? { lat, lon, zoom } : null;
}

/** The address of the same page with this view; without one where the whole city is shown. */
export function addressOf(href: string, view: View | null): string {
  const url = new URL(href);
  url.searchParams.delete(KEY);
  const rest = url.searchParams.toString();
  const at = view ? `${KEY}=${view.lat.toFixed(5)},${view.lon.toFixed(5)},${Number(view.zoom.toFixed(2))}` : "";
  const query = [rest, at].filter(Boolean).join("&");
  return url.pathname + (query ? `?${query}` : "") + url.hash;
}
