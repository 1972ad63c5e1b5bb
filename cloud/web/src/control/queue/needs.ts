// What an operator should look at now, when nothing is chosen: bounded lists, the most pressing first.

import type { FloodState, Gauge, Incident, Task } from "../../live/city";
import { byUrgency, stageOf } from "../../live/reading";
import type { CoverageGap } from "../coverage/coverage";
import { bySeverity } from "./queue";

const FLOOD_RANK: Readonly<Record<string, number>> = { severe: 4, moderate: 3, minor: 2, caution: 1 };

/** Gauges that say that the water is high, the worst first. */
export const highOnes = (gauges: Iterable<Gauge>): Gauge[] =>
  [...gauges].filter((one) => stageOf(one) > 0 && stageOf(one) < 4).sort(byUrgency);

/** Areas under water, the worst first. */
export const floodedOnes = (states: Iterable<FloodState>): FloodState[] =>
  [...states]
    .filter((one) => one.state !== "none")
    .sort(
      (a, b) =>
        (FLOOD_RANK[b.state] ?? 0) - (FLOOD_RANK[a.state] ?? 0) || (a.area_name ?? "").localeCompare(b.area_name ?? ""),
    );

/** Incidents in which nothing goes on until an operator says so: not judged yet, or grave and nobody sent. */
export const undecidedOnes = (incidents: Iterable<Incident>): Incident[] =>
  bySeverity(incidents).filter(
    (one) => one.task_state === "review" || (one.severity === "severe" && (one.task_state ?? "open") === "open"),
  );

const DAY_MS = 86_400_000;

/** Work of the last day that an officer calls done and nobody has looked at, the newest first; older is not of now. */
export const unverifiedOnes = (tasks: Iterable<Task>, now: number): Task[] =>
  [...tasks]
    .filter((one) => one.state === "resolved" && now - Date.parse(one.updated_at) < DAY_MS)
    .sort((a, b) => b.updated_at.localeCompare(a.updated_at));

/** What gave word once and does so no more, the newest loss first; what was masked on purpose is no loss. */
export const lostOnes = (gaps: readonly CoverageGap[]): CoverageGap[] =>
  gaps
    .filter((one) => one.since !== null && !one.isMasked)
    .sort((a, b) => (b.since ?? "").localeCompare(a.since ?? ""));
