// What may be said of a pump or gate as time goes on: a report that was new when it came grows old on an open page.

import type { Schemas } from "../../api/client";

export type Asset = Schemas["Asset"];
export type Shown = Asset["state"];

/** The state now; unknown once the last report is older than the asset allows, or where there is none. */
export function shownState(asset: Asset, now: number): Shown {
  if (!asset.last) return "unknown";
  const age = (now - Date.parse(asset.last.measured_at)) / 1000;
  return age <= asset.stale_seconds ? asset.last.state : "unknown";
}

export interface Count {
  readonly well: number;
  readonly bad: number;
  readonly unknown: number;
}

/** How many have no known problem, have one, or are not known; who has a problem counts as that, known or not. */
export function countOf(assets: readonly Asset[], now: number): Count {
  let [well, bad, unknown] = [0, 0, 0];
  for (const one of assets) {
    if (one.anomaly) bad += 1;
    else if (shownState(one, now) === "unknown") unknown += 1;
    else well += 1;
  }
  return { well, bad, unknown };
}

/** Those to inspect first, then those of which nothing is known, then the others; by name among themselves. */
export function byNeed(now: number): (a: Asset, b: Asset) => number {
  const rank = (one: Asset): number => (one.anomaly ? 0 : shownState(one, now) === "unknown" ? 1 : 2);
  return (a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name);
}
