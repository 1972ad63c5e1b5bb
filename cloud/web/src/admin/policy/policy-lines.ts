// A rule, a clock and office hours in words: one line each, as the lists and what would change show them.

import { categoryWords, severityWords } from "../../words/field";
import { number, span } from "../../words/say";
import type { Clock, Rule } from "./useDraft";
import { actionWords, dayWords, say } from "./words-policy";

const HOUR_SECONDS = 3600;

/** What a rule or a clock is for: `Banjir, berat`. */
export function forWhat(categories: readonly string[], severities: readonly string[]): string {
  const what = categories.length > 0 ? categories.map(categoryWords).join(", ") : say("anything");
  return severities.length > 0 ? `${what} · ${severities.map(severityWords).join(", ")}` : what;
}

/** How sure, on which days, when and how urgent: empty where nothing of it is asked for. */
export function conditionsOf(rule: Rule): string {
  const isWholeDay = rule.from_hour === "00:00" && rule.until_hour === "24:00";
  return [
    (rule.confidence_from ?? 0) > 0 ? say("sure", { n: number((rule.confidence_from ?? 0) * 100) }) : "",
    (rule.days ?? []).map(dayWords).join(", "),
    isWholeDay ? "" : hoursWords([rule.from_hour ?? "", rule.until_hour ?? ""]),
    rule.priority ? say("prio", { n: rule.priority }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

export const hoursWords = ([from, until]: readonly [string, string]): string => say("hours", { from, until });

export const ruleWords = (rule: Rule): string =>
  [actionWords(rule.action), forWhat(rule.categories ?? [], rule.severities ?? []), conditionsOf(rule)]
    .filter(Boolean)
    .join(" · ");

export function timesOf(clock: Clock): string {
  const hours = (value: number): string => span(value * HOUR_SECONDS);
  return say("clocksSay", {
    a: hours(clock.acknowledge_hours),
    f: hours(clock.first_action_hours),
    r: hours(clock.resolve_hours),
  });
}

/** In which hours it counts, and when it climbs. */
export function countingOf(clock: Clock): string {
  const shares = (clock.escalate_at_shares ?? []).map((one) => `${number(one * 100)} %`).join(", ");
  const hours = clock.hours === "working" ? say("working") : say("wall");
  return `${say("runs")}: ${hours} · ${say("escalate")}: ${shares}`;
}

export const clockWords = (clock: Clock): string => `${timesOf(clock)} · ${countingOf(clock)}`;
