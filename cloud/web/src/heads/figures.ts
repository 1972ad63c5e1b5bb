// What is read from figures of heads: shares, changes, and months as charts take them. No drawing here.

import type { Schemas } from "../api/client";
import { number, percent, span } from "../words/format";
import { language } from "../words/language";
import { translate } from "./words";

export type Figure = Schemas["TaskFigures"];
type KindCount = Schemas["CategoryCount"];

/** Resolved of all that are not dismissed; null where there were none. */
export function progress(one: Figure): number | null {
  const due = one.tasks - one.dismissed;
  return due > 0 ? one.resolved / due : null;
}

interface Parts {
  readonly inTime: number;
  readonly overdue: number;
  readonly open: number;
}

/** A month's tasks by what became of them; dismissed ones were none. */
export function parts(one: Figure): Parts {
  const overdue = one.resolved - one.done_in_time;
  return { inTime: one.done_in_time, overdue, open: one.tasks - one.dismissed - one.resolved };
}

export type Measure =
  | "complaints"
  | "tasks"
  | "resolved"
  | "response"
  | "inTime"
  | "verified"
  | "medianResponse"
  | "medianResolve"
  | "openOverdue"
  | "reopened";
type Unit = "count" | "share" | "time";

interface Reading {
  readonly unit: Unit;
  /** Whether more is better; null: neither. */
  readonly good: "more" | "less" | null;
  readonly of: (one: Figure) => number | null;
}

export const MEASURES: Readonly<Record<Measure, Reading>> = {
  complaints: { unit: "count", good: null, of: (one) => one.complaints ?? null },
  tasks: { unit: "count", good: null, of: (one) => one.tasks },
  resolved: { unit: "share", good: "more", of: progress },
  response: { unit: "share", good: "more", of: (one) => one.response_share },
  inTime: { unit: "share", good: "more", of: (one) => one.in_time_share },
  verified: { unit: "share", good: "more", of: (one) => one.verified_share },
  medianResponse: { unit: "time", good: "less", of: (one) => one.response_median_seconds },
  medianResolve: { unit: "time", good: "less", of: (one) => one.resolve_median_seconds },
  openOverdue: { unit: "count", good: "less", of: (one) => one.overdue },
  reopened: { unit: "count", good: "less", of: (one) => one.reopened },
};

export function valueWords(measure: Measure, value: number | null): string {
  if (value === null) return "–";
  const { unit } = MEASURES[measure];
  if (unit === "share") return percent(value);
  return unit === "time" ? span(value) : number(value);
}

interface Change {
  readonly words: string;
  readonly direction: "up" | "down" | "steady";
  readonly kind: "good" | "bad" | "soft";
}

// What grows with the time since: of a span that has just ended, less is resolved than of one that ended long ago.
const RIPENS: ReadonlySet<Measure> = new Set(["resolved", "verified", "openOverdue", "reopened"]);

/** How a measure moved; null where one of the two is not known, or where the spans had no equal time to ripen. */
export function fairChange(measure: Measure, now: Figure, before: Figure): Change | null {
  return RIPENS.has(measure) ? null : change(measure, now, before);
}

/** How a measure moved; null where one of the two is not known. */
export function change(measure: Measure, now: Figure, before: Figure): Change | null {
  const { unit, good, of } = MEASURES[measure];
  const [value, old] = [of(now), of(before)];
  if (value === null || old === null) return null;
  const size = value - old;
  const points = Math.round(size * 100);
  if (unit === "share" ? points === 0 : Math.abs(size) < 1)
    return { words: translate("same"), direction: "steady", kind: "soft" };
  const isUp = size > 0;
  const amount =
    unit === "share" ? translate("points", { n: number(Math.abs(points)) }) : valueWords(measure, Math.abs(size));
  const kind = good === null ? "soft" : (good === "more") === isUp ? "good" : "bad";
  return { words: translate(isUp ? "up" : "down", { n: amount }), direction: isUp ? "up" : "down", kind };
}

/** The kinds with most in these months, each as a row by month, and how many kinds were left out. */
export function kindRows(
  kinds: readonly KindCount[],
  months: readonly string[],
  most: number,
): { rows: { category: string; counts: number[]; total: number }[]; others: number } {
  const rows = new Map<string, number[]>();
  for (const one of kinds) {
    const at = months.indexOf(one.month);
    if (at < 0) continue;
    const counts = rows.get(one.category) ?? months.map(() => 0);
    counts[at] = one.count;
    rows.set(one.category, counts);
  }
  const all = [...rows].map(([category, counts]) => ({ category, counts, total: counts.reduce((a, b) => a + b, 0) }));
  all.sort((a, b) => b.total - a.total || a.category.localeCompare(b.category));
  return { rows: all.slice(0, most), others: Math.max(0, all.length - most) };
}

/** "Nov", of a month YYYY-MM; the middle of the month, so that no time zone moves it. */
export function monthWords(month: string, style: "short" | "long" = "short"): string {
  const [year, number_] = month.split("-").map(Number);
  const middle = new Date(Date.UTC(year ?? 1970, (number_ ?? 1) - 1, 15));
  const form: Intl.DateTimeFormatOptions = style === "long" ? { month: "long", year: "numeric" } : { month: "short" };
  return new Intl.DateTimeFormat(language.value, { ...form, timeZone: "UTC" }).format(middle);
}

/** The month of a moment in a time zone, YYYY-MM. */
export function monthOf(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit" }).formatToParts(
    at,
  );
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}`;
}

/** This month and those before it, the newest first. */
export function lastMonths(newest: string, count: number): string[] {
  const [year, month] = newest.split("-").map(Number);
  const at = (year ?? 1970) * 12 + (month ?? 1) - 1;
  return Array.from({ length: count }, (_, back) => {
    const one = at - back;
    return `${Math.floor(one / 12)}-${String((one % 12) + 1).padStart(2, "0")}`;
  });
}
