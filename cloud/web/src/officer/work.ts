// What an officer sees of a task: what the server knows, plus what this phone has done and not yet sent.

import type { Task } from "../live/city";
import { distance, type Spot } from "../live/reading";
import { runningDeadline } from "../parts/task";
import type { Here } from "../queue/place";
import { enqueue } from "../queue/queue";
import { type CheckItem, type Item, type MoveItem, type Photo, randomId, type TaskVerb } from "../queue/store";

/** The officer's own moves and where they lead; the server's table decides (core/siaga_core/rules/task.py). */
const LEADS_TO: Readonly<Record<TaskVerb, string>> = {
  accept: "accepted",
  decline: "open",
  arrive: "on_site",
  pause: "paused",
  resume: "accepted",
  resolve: "resolved",
};
const VERBS: Readonly<Record<string, readonly TaskVerb[]>> = {
  open: ["accept"],
  assigned: ["accept", "decline"],
  accepted: ["arrive", "resolve", "pause", "decline"],
  on_site: ["resolve", "pause", "decline"],
  paused: ["resume"],
};

export interface Seen {
  readonly task: Task;
  readonly state: string;
  readonly verbs: readonly TaskVerb[];
  /** What this phone has not sent yet. */
  readonly pending: readonly Item[];
}

/** A task as it will be once everything that waits has been accepted. */
export function seen(task: Task, queued: readonly Item[]): Seen {
  const pending = queued.filter((one) => one.line === `task:${task.id}`);
  const moves = standing(pending).filter((one): one is MoveItem => one.kind === "move");
  const state = moves.reduce((_, one) => LEADS_TO[one.verb], task.state);
  const isMoved = state !== task.state;
  const verbs = VERBS[state] ?? [];
  return { task, state, pending, verbs: isMoved ? verbs : verbs.filter((one) => task.verbs?.includes(one)) };
}

/** What still counts of a line: nothing from the first that was refused on, because it builds on that. */
function standing(line: readonly Item[]): readonly Item[] {
  const refusedAt = line.findIndex((one) => one.refused);
  return refusedAt < 0 ? line : line.slice(0, refusedAt);
}

/** Of two answers about one task the later; of equals the first. */
export function newer<T extends Task>(a: T | undefined, b: T | undefined): T | undefined {
  if (!a || !b) return a ?? b;
  return Date.parse(b.updated_at) > Date.parse(a.updated_at) ? b : a;
}

export const isHeldBy = (task: Task, me: string | undefined): boolean => task.assignee_id === me;

const WORKING = new Set(["assigned", "accepted", "on_site", "paused"]);

/** Tasks to show to this officer, in two lists: in hand, and free to take. */
export function lists(tasks: Iterable<Task>, queued: readonly Item[], me: string): { mine: Seen[]; free: Seen[] } {
  const all = [...tasks].map((one) => seen(one, queued));
  const isMine = (one: Seen): boolean => isHeldBy(one.task, me) || one.pending.some((item) => item.kind === "move");
  return {
    mine: all.filter((one) => isMine(one) && WORKING.has(one.state)),
    free: all.filter((one) => !isMine(one) && one.state === "open" && one.verbs.includes("accept")),
  };
}

export function byDeadline(a: Seen, b: Seen): number {
  return dueOf(a.task) - dueOf(b.task) || a.task.priority - b.task.priority;
}

export function byDistance(from: Spot): (a: Seen, b: Seen) => number {
  return (a, b) => awayOf(a.task, from) - awayOf(b.task, from);
}

export const awayOf = (task: Task, from: Spot): number =>
  task.place ? distance(from, task.place) : Number.POSITIVE_INFINITY;

const dueOf = (task: Task): number => Date.parse(runningDeadline(task)?.due_at ?? task.resolve.due_at);

export async function move(
  task: Task,
  verb: TaskVerb,
  more: { note?: string; photo?: Photo | null } = {},
): Promise<void> {
  await enqueue({ ...common(task), kind: "move", verb, note: more.note ?? "", photo: more.photo ?? null });
}

export async function note(task: Task, text: string): Promise<void> {
  await enqueue({ ...common(task), kind: "note", text });
}

/** Kept on a line of its own: an item that is refused holds back nothing. */
export async function check(task: Task, item: string, done: boolean): Promise<void> {
  await enqueue({ ...common(task), line: checksOf(task), kind: "check", item, done });
}

/** What was ticked here and is not sent yet, by item; the latest counts. */
export function unsentChecks(task: Task, queued: readonly Item[]): ReadonlyMap<string, boolean> {
  const own = queued.filter((one): one is CheckItem => one.kind === "check" && one.taskId === task.id && !one.refused);
  return new Map(own.map((one) => [one.item, one.done]));
}

const checksOf = (task: Task): string => `checks:${task.id}`;

export async function attach(task: Task, photo: Photo): Promise<void> {
  await enqueue({ ...common(task), kind: "attachment", photo });
}

const common = (task: Task) => ({
  id: randomId(),
  at: new Date().toISOString(),
  line: `task:${task.id}`,
  taskId: task.id,
  number: task.number,
});

/** A photo with the time and, where it is known, the place of taking it. */
export function photoOf(file: Blob, at: Here | null): Photo {
  return {
    file,
    takenAt: new Date().toISOString(),
    lat: at?.lat ?? null,
    lon: at?.lon ?? null,
    accuracyM: at?.accuracyM ?? null,
  };
}
