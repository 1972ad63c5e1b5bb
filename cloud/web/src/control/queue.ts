// In which order an operator should look at what is open, and what the figures above the control room count.

import type { Camera, Gauge, Incident, Node, Task } from "../live/city";
import { stageOf } from "../live/reading";

/** The lists of the control room. */
export type List = "incidents" | "cameras" | "gauges" | "tasks" | "officers" | "coverage";

const GRAVITY: Readonly<Record<string, number>> = { severe: 3, moderate: 2, minor: 1 };
const JUDGED = 0.5;

/** How much an incident deserves to be looked at: grave and believed first; one that a person has judged can wait. */
function urgency(one: Incident): number {
  const grave = GRAVITY[one.severity] ?? 1;
  return grave * (0.3 + one.confidence) * (one.verdict ? JUDGED : 1);
}

/** Open incidents, the most urgent first, the newest of equals. */
export function bySeverity(incidents: Iterable<Incident>): Incident[] {
  return [...incidents]
    .filter((one) => one.state === "open")
    .sort((a, b) => urgency(b) - urgency(a) || b.began_at.localeCompare(a.began_at));
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
