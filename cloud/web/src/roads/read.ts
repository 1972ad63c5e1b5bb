// The roads as they were published, for maps and lists; none where the file is too old to be read as the present.

import { useMemo } from "preact/hooks";
import { ROADS, type Roads } from "../published/files";
import { usePublished } from "../published/poll";
import { isOld } from "../published/state";
import { type Road, roadsOf } from "./lines";

const NOTHING: readonly Road[] = [];

export interface RoadsNow {
  readonly roads: readonly Road[];
  /** Nothing is known of the roads now, which is not the same as that they are free. */
  readonly isUnknown: boolean;
  /** When that was published; empty where nothing is known. */
  readonly at: string;
}

export function useRoads(): RoadsNow {
  const { content } = usePublished<Roads>(ROADS);
  const isUnknown = content === null || isOld(content);
  const roads = useMemo(() => (content === null || isUnknown ? NOTHING : roadsOf(content)), [content, isUnknown]);
  return { roads, isUnknown, at: content?.generated_at ?? "" };
}
