// A rule, a deadline and office hours in words: one line each, as the lists and what would change show them.

import { categoryWords, severityWords } from "../../words/field";
import { number, span } from "../../words/format";
import type { Deadline, Rule } from "./useDraft";
import { actionWords, dayWords, translate } from "./words-policy";

const HOUR_SECONDS = 3600;

/** What a rule or a deadline is for: `Banjir, berat`. */
export function forWhat(categories: readonly string[], severities: readonly string[]): string {
  const what = categories.length > 0 ? categories.map(categoryWords).join(", ") : translate("anything");
  return severities.length > 0 ? `${what} · ${severities.map(severityWords).join(", ")}` : what;
}

/** How sure, on which days, when and how urgent: empty where nothing of it is asked for. */
export function conditionsOf(rule: Rule): string {
  const isWholeDay = rule.from_hour === "00:00" && rule.until_hour === "24:00";
  return [
    (rule.confidence_from ?? 0) > 0 ? translate("sure", { n: number((rule.confidence_from ?? 0) * 100) }) : "",
    (rule.days ?? []).map(dayWords).join(", "),
    isWholeDay ? "" : hoursWords([rule.from_hour ?? "", rule.until_hour ?? ""]),
    rule.priority ? translate("prio", { n: rule.priority }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

export const hoursWords = ([from, until]: readonly [string, string]): string => translate("hours", { from, until });

export const ruleWords = (rule: Rule): string =>
  [actionWords(rule.action), forWhat(rule.categories ?? [], rule.severities ?? []), conditionsOf(rule)]
    .filter(Boolean)
    .join(" · ");

export function timesOf(deadline: Deadline): string {
  const hours = (value: number): string => span(value * HOUR_SECONDS);
  return translate("deadlinesResult", {
    a: hours(deadline.acknowledge_hours),
    f: hours(deadline.first_action_hours),
    r: hours(deadline.resolve_hours),
  });
}

/** In which hours it counts, and when it climbs. */
export function countingOf(deadline: Deadline): string {
  const shares = (deadline.escalate_at_shares ?? []).map((one) => `${number(one * 100)} %`).join(", ");
  const hours = deadline.hours === "working" ? translate("working") : translate("wall");
  return `${translate("runs")}: ${hours} · ${translate("escalate")}: ${shares}`;
}

export const deadlineWords = (deadline: Deadline): string => `${timesOf(deadline)} · ${countingOf(deadline)}`;
