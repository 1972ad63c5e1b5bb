// Every view of the control room has an address, which can be sent to a colleague and which Back leads out of.

import type { List } from "./queue";

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
}
export const PROGRESSES = ["", "review", "unsent", "underway", "resolved"] as const;
export type Progress = (typeof PROGRESSES)[number];
export const LISTS: readonly List[] = ["incidents", "cameras", "gauges", "tasks", "officers", "coverage"];
const KINDS = ["incident", "camera", "gauge"] as const;

type Query = Readonly<Record<string, string>>;

export function viewOf(query: Query): View {
  const kind = KINDS.find((one) => query[one]);
  return {
    list: LISTS.find((one) => one === query.list) ?? "incidents",
    chosen: kind ? { kind, id: query[kind] ?? "" } : null,
    words: query.words ?? "",
    category: query.category ?? "",
    progress: PROGRESSES.find((one) => one === query.progress) ?? "",
  };
}

/** Without what is as usual, so that an address stays short. */
export function addressOf({ list, chosen, words, category, progress }: View): string {
  const query = new URLSearchParams();
  if (list !== "incidents") query.set("list", list);
  for (const [name, value] of Object.entries({ words, category, progress })) if (value) query.set(name, value);
  if (chosen) query.set(chosen.kind, chosen.id);
  const text = query.toString();
  return text ? `/control?${text}` : "/control";
}
