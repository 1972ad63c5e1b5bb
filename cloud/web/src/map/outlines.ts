// Areas and rivers, asked for once per visit.

import { fetchJson } from "../api/client";
import { AREAS, RIVERS } from "../published/files";
import type { Shapes } from "./shapes";

let outlines: Promise<readonly [Shapes, Shapes]> | null = null;

export function loadOutlines(): Promise<readonly [Shapes, Shapes]> {
  outlines ??= Promise.all([fetchJson<Shapes>(AREAS), fetchJson<Shapes>(RIVERS)]).catch((error) => {
    outlines = null;
    throw error;
  });
  return outlines;
}
