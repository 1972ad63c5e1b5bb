// Every view of the control room has an address, which can be sent to a colleague and which Back leads out of.

import type { List } from "./queue/queue";
import { minuteOf, nameOf } from "./replay/minutes";

export interface Chosen {
  readonly kind: "incident" | "camera" | "gauge";
  readonly id: string;
}
export interface View {
  readonly list: List;
  readonly chosen: Chosen | null;
  /** What the incidents in the list must have: words, a category and how far they are. */
  readonly words: string;
  readonly category: string;
  readonly progress: Progress;
  /** The past minute that is shown, in milliseconds; null: now. */
  readonly at: number | null;
}
export const PROGRESSES = ["", "review", "unsent", "underway", "resolved"] as const;
export type Progress = (typeof PROGRESSES)[number];
export const LISTS: readonly List[] = ["incidents", "cameras", "gauges", "tasks", "officers", "coverage"];
// What an address opens: one of these by its id, or by the number that links of other walls have. The check of the
// dashboards reads both lists (dashboards/check/addresses.mjs).
export const KINDS = ["incident", "camera", "gauge"] as const;
export const NUMBERS = ["number", "task"] as const;

type Query = Readonly<Record<string, string>>;

export interface Numbered {
  /** Of an incident, or of a task, which opens with its incident. */
  readonly of: "incident" | "task";
  readonly text: string;
  /** Undefined where the text is no number that an incident or task could have. */
  readonly number: number | undefined;
}

/** The incident of `/control?number=12`, or that of the task of `/control?task=7`. */
export function numberedOf(query: Query): Numbered | null {
  const name = NUMBERS.find((one) => query[one]);
  if (!name) return null;
  const text = query[name] ?? "";
  const number = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
  return { of: name === "task" ? "task" : "incident", text, number };
}

export function viewOf(query: Query): View {
  const kind = KINDS.find((one) => query[one]);
  return {
    list: LISTS.find((one) => one === query.list) ?? "incidents",
    chosen: kind ? { kind, id: query[kind] ?? "" } : null,
    words: query.words ?? "",
    category: query.category ?? "",
    progress: PROGRESSES.find((one) => one === query.progress) ?? "",
    at: minuteOf(query.at),
  };
}

/** Without what is as usual, so that an address stays short. */
export function addressOf({ list, chosen, words, category, progress, at }: View): string {
  const query = new URLSearchParams();
  if (list !== "incidents") query.set("list", list);
  for (const [name, value] of Object.entries({ words, category, progress })) if (value) query.set(name, value);
  if (chosen) query.set(chosen.kind, chosen.id);
  if (at !== null) query.set("at", nameOf(at));
  const text = query.toString();
  return text ? `/control?${text}` : "/control";
}
