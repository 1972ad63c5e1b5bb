import { expect, test } from "vitest";
import { changesOf } from "./changes";
import type { Deadline, Document, Rule } from "./useDraft";

const rule = (id: string, more: Partial<Rule> = {}): Rule => ({ id, action: "task", ...more }) as Rule;
const deadline = (categories: string[], hours: number): Deadline =>
  ({ categories, acknowledge_hours: hours }) as Deadline;
const policy = (rules: Rule[], more: object = {}): Document => ({ rule: rules, ...more }) as unknown as Document;

test("the same policy changes nothing", () => {
  const same = policy([rule("a"), rule("b")], { deadline: [deadline([], 1)] });
  expect(changesOf(same, structuredClone(same))).toEqual({
    rules: [],
    ruleSequence: [],
    deadlines: [],
    hasNewDeadlineSequence: false,
    zone: null,
    days: [],
    holidays: [],
  });
});

test("rules that are new, changed, gone or moved are told apart", () => {
  const [before, after] = [
    policy([rule("a"), rule("b"), rule("c")]),
    policy([rule("b"), rule("a", { priority: 1 }), rule("d")]),
  ];
  const found = changesOf(before, after);
  expect(found.rules.map(({ was, is }) => [was?.id ?? null, is?.id ?? null])).toEqual([
    ["a", "a"],
    [null, "d"],
    ["c", null],
  ]);
  expect(found.ruleSequence).toEqual(["b", "a", "d"]);
  expect(changesOf(before, policy([rule("a"), rule("c")])).ruleSequence).toEqual([]);
});

test("a clock goes by what it is for, and two for the same are two", () => {
  const before = policy([], { deadline: [deadline(["trash"], 1), deadline([], 2), deadline([], 3)] });
  const after = policy([], { deadline: [deadline(["trash"], 5), deadline([], 2)] });
  expect(changesOf(before, after).deadlines).toEqual([
    { was: deadline(["trash"], 1), is: deadline(["trash"], 5) },
    { was: deadline([], 3), is: null },
  ]);
});

test("office hours and holidays that differ are named", () => {
  const hours = { zone: "Asia/Jakarta", mon: ["07:30", "16:00"], sat: null, holidays: ["2027-01-01"] };
  const later = { ...hours, mon: null, holidays: ["2027-05-01"] };
  const found = changesOf(policy([], { calendar: hours }), policy([], { calendar: later }));
  expect(found.zone).toBeNull();
  expect(found.days).toEqual([{ day: "mon", was: ["07:30", "16:00"], is: null }]);
  expect(found.holidays).toEqual([
    { was: null, is: "2027-05-01" },
    { was: "2027-01-01", is: null },
  ]);
});
