// What saving a changed policy would change, so that it can be read before it decides.

import { type Calendar, DAYS, type Deadline, type Document, type Rule } from "./useDraft";

/** Of a list: `was` null: new; `is` null: gone. */
export interface Changed<T> {
  readonly was: T | null;
  readonly is: T | null;
}

interface Changes {
  readonly rules: readonly Changed<Rule>[];
  /** The names of the rules in their new order, where it is another; else empty. */
  readonly ruleSequence: readonly string[];
  readonly deadlines: readonly Changed<Deadline>[];
  readonly hasNewDeadlineSequence: boolean;
  readonly zone: Changed<string> | null;
  readonly days: readonly (Changed<Hours> & { readonly day: (typeof DAYS)[number] })[];
  readonly holidays: readonly Changed<string>[];
}
type Hours = readonly [string, string];

export function changesOf(before: Document, after: Document): Changes {
  const [rules, deadlines] = [keyed(before.rule, ruleKey), keyed(before.deadline ?? [], deadlineKey)];
  const [newRules, newDeadlines] = [keyed(after.rule, ruleKey), keyed(after.deadline ?? [], deadlineKey)];
  return {
    rules: differing(rules, newRules),
    ruleSequence: isReordered(rules, newRules) ? [...newRules.keys()] : [],
    deadlines: differing(deadlines, newDeadlines),
    hasNewDeadlineSequence: isReordered(deadlines, newDeadlines),
    ...calendarChanges(before.calendar ?? null, after.calendar ?? null),
  };
}

const ruleKey = (rule: Rule): string => rule.id;
/** A deadline has no name: it goes by what it is for. */
const deadlineKey = (deadline: Deadline): string =>
  JSON.stringify([deadline.categories ?? [], deadline.severities ?? []]);

function keyed<T>(list: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const one of list) {
    let key = keyOf(one);
    while (found.has(key)) key += "+";
    found.set(key, one);
  }
  return found;
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function differing<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): readonly Changed<T>[] {
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, was]) => ({ was, is: null }));
  const there = [...after]
    .map(([key, is]) => ({ was: before.get(key) ?? null, is }))
    .filter(({ was, is }) => !isSame(was, is));
  return [...there, ...gone];
}

/** Whether those that stay stand in another order. */
function isReordered(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): boolean {
  const stayed = [...before.keys()].filter((key) => after.has(key));
  return !isSame(
    stayed,
    [...after.keys()].filter((key) => before.has(key)),
  );
}

function calendarChanges(before: Calendar | null, after: Calendar | null): Pick<Changes, "zone" | "days" | "holidays"> {
  const [was, is] = [before?.zone ?? null, after?.zone ?? null];
  const [held, wanted] = [new Set(before?.holidays ?? []), new Set(after?.holidays ?? [])];
  return {
    zone: was === is ? null : { was, is },
    days: DAYS.map((day) => ({ day, was: before?.[day] ?? null, is: after?.[day] ?? null })).filter(
      (one) => !isSame(one.was, one.is),
    ),
    holidays: [
      ...[...wanted].filter((day) => !held.has(day)).map((is) => ({ was: null, is })),
      ...[...held].filter((day) => !wanted.has(day)).map((was) => ({ was, is: null })),
    ],
  };
}
