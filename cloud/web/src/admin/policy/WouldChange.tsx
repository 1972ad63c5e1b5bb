// What saving the policy would change, line by line.

import type { VNode } from "preact";
import { day } from "../../words/format";
import { type Changed, changesOf } from "./changes";
import { deadlineWords, forWhat, hoursWords, ruleWords } from "./policy-lines";
import type { Deadline, Document, Rule } from "./useDraft";
import { dayWords, translate } from "./words-policy";

export function WouldChange({ before, after }: { before: Document; after: Document }): VNode {
  const { rules, ruleSequence, deadlines, hasNewDeadlineSequence, zone, days, holidays } = changesOf(before, after);
  return (
    <>
      <ul class="list" id="would-change">
        {rules.map((one) => (
          <Line key={nameOfRule(one)} name={nameOfRule(one)} of={one} words={ruleWords} />
        ))}
        {ruleSequence.length > 0 ? <li>{translate("ruleSequence", { list: ruleSequence.join(", ") })}</li> : null}
        {deadlines.map((one, at) => (
          <Line key={at} name={nameOfDeadline(one)} of={one} words={deadlineWords} />
        ))}
        {hasNewDeadlineSequence ? <li>{translate("deadlinesReordered")}</li> : null}
        {zone ? <Line name={translate("zone")} of={zone} words={String} /> : null}
        {days.map((one) => (
          <li key={one.day}>
            {dayWords(one.day)}: {one.was ? hoursWords(one.was) : translate("closed")} →{" "}
            <span class="strong">{one.is ? hoursWords(one.is) : translate("closed")}</span>
          </li>
        ))}
        {holidays.map((one) => (
          <li key={one.is ?? one.was}>
            {one.is
              ? translate("newHoliday", { day: dated(one.is) })
              : translate("noHoliday", { day: dated(one.was ?? "") })}
          </li>
        ))}
      </ul>
      <p class="small soft">{translate("fromNowOn")}</p>
    </>
  );
}

const dated = (text: string): string => day(`${text}T00:00`);
const nameOfRule = ({ was, is }: Changed<Rule>): string => translate("ruleOf", { id: (is ?? was)?.id ?? "" });
const nameOfDeadline = ({ was, is }: Changed<Deadline>): string => {
  const one = is ?? was;
  return translate("deadlineOf", { what: forWhat(one?.categories ?? [], one?.severities ?? []) });
};

function Line<T>({ name, of, words }: { name: string; of: Changed<T>; words: (one: T) => string }): VNode {
  const { was, is } = of;
  const kind = was === null ? "isNew" : is === null ? "isGone" : "isOther";
  return (
    <li>
      <p>
        <span class="strong">{name}</span> <span class={kind === "isGone" ? "bad" : "warn"}>{translate(kind)}</span>
      </p>
      {was !== null ? (
        <p class="small soft">
          {translate("before")}: {words(was)}
        </p>
      ) : null}
      {is !== null ? (
        <p class="small">
          {was !== null ? `${translate("after")}: ` : ""}
          {words(is)}
        </p>
      ) : null}
    </li>
  );
}
