// What saving the policy would change, line by line.

import type { VNode } from "preact";
import { day } from "../../words/say";
import { type Changed, changesOf } from "./changes";
import { clockWords, forWhat, hoursWords, ruleWords } from "./policy-lines";
import type { Clock, Document, Rule } from "./useDraft";
import { dayWords, say } from "./words-policy";

export function WouldChange({ before, after }: { before: Document; after: Document }): VNode {
  const { rules, ruleOrder, clocks, isClockOrder, zone, days, holidays } = changesOf(before, after);
  return (
    <>
      <ul class="list" id="would-change">
        {rules.map((one) => (
          <Line key={nameOfRule(one)} name={nameOfRule(one)} of={one} words={ruleWords} />
        ))}
        {ruleOrder.length > 0 ? <li>{say("ruleOrder", { list: ruleOrder.join(", ") })}</li> : null}
        {clocks.map((one, at) => (
          <Line key={at} name={nameOfClock(one)} of={one} words={clockWords} />
        ))}
        {isClockOrder ? <li>{say("clockOrder")}</li> : null}
        {zone ? <Line name={say("zone")} of={zone} words={String} /> : null}
        {days.map((one) => (
          <li key={one.day}>
            {dayWords(one.day)}: {one.was ? hoursWords(one.was) : say("closed")} →{" "}
            <span class="strong">{one.is ? hoursWords(one.is) : say("closed")}</span>
          </li>
        ))}
        {holidays.map((one) => (
          <li key={one.is ?? one.was}>
            {one.is ? say("newHoliday", { day: dated(one.is) }) : say("noHoliday", { day: dated(one.was ?? "") })}
          </li>
        ))}
      </ul>
      <p class="small soft">{say("fromNowOn")}</p>
    </>
  );
}

const dated = (text: string): string => day(`${text}T00:00`);
const nameOfRule = ({ was, is }: Changed<Rule>): string => say("ruleOf", { id: (is ?? was)?.id ?? "" });
const nameOfClock = ({ was, is }: Changed<Clock>): string => {
  const one = is ?? was;
  return say("clockOf", { what: forWhat(one?.categories ?? [], one?.severities ?? []) });
};

function Line<T>({ name, of, words }: { name: string; of: Changed<T>; words: (one: T) => string }): VNode {
  const { was, is } = of;
  const kind = was === null ? "isNew" : is === null ? "isGone" : "isOther";
  return (
    <li>
      <p>
        <span class="strong">{name}</span> <span class={kind === "isGone" ? "bad" : "warn"}>{say(kind)}</span>
      </p>
      {was !== null ? (
        <p class="small soft">
          {say("before")}: {words(was)}
        </p>
      ) : null}
      {is !== null ? (
        <p class="small">
          {was !== null ? `${say("after")}: ` : ""}
          {words(is)}
        </p>
      ) : null}
    </li>
  );
}
