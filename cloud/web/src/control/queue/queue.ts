// In which order an operator should look at what is open, and what the figures above the control room count.

import { URGENCIES } from "../../api/registries";
import type { Camera, Gauge, Incident, Node, Task } from "../../live/city";
import { stageOf } from "../../live/reading";
import type { Progress } from "../address";

/** The lists of the control room. */
export type List = "incidents" | "cameras" | "gauges" | "tasks" | "officers" | "coverage";

const GRAVITY: Readonly<Record<string, number>> = { severe: 3, moderate: 2, minor: 1 };
const JUDGED = 0.5;

/** How much an incident deserves to be looked at: by its category, its severity and how sure it is; one that a person has
 * judged can wait. */
function urgency(one: Incident): number {
  const grave = (GRAVITY[one.severity] ?? 1) * (URGENCIES[one.category] ?? 1);
  return grave * (0.3 + one.confidence) * (one.verdict ? JUDGED : 1);
}

/** Open incidents, the most urgent first, the newest of equals. */
export function bySeverity(incidents: Iterable<Incident>): Incident[] {
  return [...incidents]
    .filter((one) => one.state === "open")
    .sort((a, b) => urgency(b) - urgency(a) || b.began_at.localeCompare(a.began_at));
}

/** The incidents in the sequence in which they lie before somebody's hand; new ones follow, those that left are gone. */
export function steadied(held: readonly string[], sorted: readonly Incident[]): Incident[] {
  const rank = new Map(held.map((id, at) => [id, at]));
  return [...sorted].sort((a, b) => (rank.get(a.id) ?? held.length) - (rank.get(b.id) ?? held.length));
}

/** How many stand elsewhere than they would by urgency. */
export const displaced = (shown: readonly Incident[], sorted: readonly Incident[]): number =>
  shown.filter((one, at) => one.id !== sorted[at]?.id).length;

const UNDERWAY: ReadonlySet<string> = new Set(["assigned", "accepted", "on_site", "paused", "following"]);

export function progressOf(one: Incident): Progress {
  const state = one.task_state ?? "open";
  if (state === "review") return "review";
  if (state === "open") return "unsent";
  return UNDERWAY.has(state) ? "underway" : "resolved";
}

interface Filter {
  readonly words: string;
  readonly category: string;
  readonly progress: Progress;
}

/** Those that have all of it. `textOf` is what an incident reads as, so that people find what they see. */
export function filtered(
  incidents: readonly Incident[],
  { words, category, progress }: Filter,
  textOf: (one: Incident) => string,
): Incident[] {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  return incidents.filter(
    (one) =>
      (category === "" || one.category === category) &&
      (progress === "" || progressOf(one) === progress) &&
      (parts.length === 0 || parts.every((part) => textOf(one).toLowerCase().includes(part))),
  );
}

/** Tasks that are not finished, those past their deadline first, then by priority and by when they are due. */
export function runningTasks(tasks: Iterable<Task>, now: number): Task[] {
  return [...tasks]
    .filter((one) => !one.finished)
    .sort(
      (a, b) =>
        Number(isOverdue(b, now)) - Number(isOverdue(a, now)) ||
        a.priority - b.priority ||
        a.resolve.due_at.localeCompare(b.resolve.due_at),
    );
}

export function isOverdue(task: Task, now: number): boolean {
  return (
    !task.finished &&
    [task.acknowledge, task.first_action, task.resolve].some(
      (deadline) => !deadline.done_at && deadline.state !== "paused" && Date.parse(deadline.due_at) < now,
    )
  );
}

/** Cameras of which nothing is known now: "no flood" may not be read from their silence. */
export const blindOnes = (cameras: Iterable<Camera>): Camera[] => [...cameras].filter(isBlind);

/** Also one that never sent an image. */
export const isBlind = (camera: Camera): boolean => Boolean(camera.unknown_since) || !camera.last_frame_at;

/** Gauges that give no word, or never did. */
export const silentOnes = (gauges: Iterable<Gauge>): Gauge[] => [...gauges].filter((one) => stageOf(one) === 0);

export const cutOff = (nodes: Iterable<Node>): Node[] => [...nodes].filter((one) => one.state !== "online");
