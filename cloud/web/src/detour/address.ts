// The place to which a way is wanted, in the address of the map: `?detour=-6.2079,106.8484&to=SDN%20Manggarai`.

import type { Spot } from "../live/reading";

export interface Goal extends Spot {
  readonly name: string;
}

const MOST_CHARACTERS = 80;

export function goalOf(search: string): Goal | null {
  const given = new URLSearchParams(search);
  const [lat = Number.NaN, lon = Number.NaN] = (given.get("detour") ?? "")
    .split(",")
    .map((one) => Number(one || Number.NaN));
  const isRight = Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  return isRight ? { lat, lon, name: (given.get("to") ?? "").slice(0, MOST_CHARACTERS) } : null;
}

export function detourAddress({ lat, lon, name }: Goal): string {
  const place = `${lat.toFixed(5)},${lon.toFixed(5)}`;
  return `/map?detour=${place}&to=${encodeURIComponent(name)}&at=${place},15`;
}
