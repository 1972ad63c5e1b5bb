// Which connector is shown first: what needs somebody.

import type { Schemas } from "../api/client";

export type Connector = Schemas["Connector"];

const RANK: Readonly<Record<Connector["state"], number>> = { failing: 0, silent: 1, working: 2, waiting: 3, off: 4 };
const FEED = "feed:";

export const isFeed = (one: Connector): boolean => one.channel.startsWith(FEED);
export const nameOf = (one: Connector): string => (isFeed(one) ? one.channel.slice(FEED.length) : one.channel);
export const needsALook = (one: Connector): boolean => one.state === "failing" || one.state === "silent";

/** Those in use, the worst first. */
export function sorted(found: readonly Connector[]): Connector[] {
  return found
    .filter((one) => one.state !== "off")
    .sort((a, b) => RANK[a.state] - RANK[b.state] || a.channel.localeCompare(b.channel));
}
