// The hours of the offices and the days on which all is closed.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Switch, TextField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { day } from "../../words/format";
import { type Calendar, DAYS } from "./useDraft";
import { dayWords, translate } from "./words-policy";

const OFFICE: [string, string] = ["07:30", "16:00"];
const EMPTY: Calendar = {
  zone: "Asia/Jakarta",
  mon: OFFICE,
  tue: OFFICE,
  wed: OFFICE,
  thu: OFFICE,
  fri: OFFICE,
  sat: null,
  sun: null,
  holidays: [],
};

export function CalendarPart(props: { calendar: Calendar | null; onCalendar: (calendar: Calendar) => void }): VNode {
  const { calendar, onCalendar } = props;
  return (
    <section class="stack card" aria-label={translate("calendar")}>
      <h2>{translate("calendar")}</h2>
      {calendar ? (
        <>
          <TextField
            label={translate("zone")}
            value={calendar.zone ?? ""}
            maxLength={64}
            onValue={(zone) => onCalendar({ ...calendar, zone })}
          />
          {DAYS.map((one) => (
            <Day
              key={one}
              name={dayWords(one)}
              hours={calendar[one] ?? null}
              onHours={(hours) => onCalendar({ ...calendar, [one]: hours })}
            />
          ))}
          <Holidays
            days={calendar.holidays ?? []}
            onDays={(holidays) => onCalendar({ ...calendar, holidays: [...holidays] })}
          />
        </>
      ) : (
        <>
          <p class="soft">{translate("noCalendar")}</p>
          <button type="button" class="button" onClick={() => onCalendar(EMPTY)}>
            {translate("makeCalendar")}
          </button>
        </>
      )}
    </section>
  );
}

type Hours = readonly [string, string];

function Day(props: { name: string; hours: Hours | null; onHours: (hours: [string, string] | null) => void }): VNode {
  const { name, hours, onHours } = props;
  return (
    <div class="row day">
      <Switch
        label={translate("isOpen", { day: name })}
        on={hours !== null}
        onChange={(on) => onHours(on ? OFFICE : null)}
      />
      {hours ? (
        <div class="row nofold">
          <input
            class="input"
            type="time"
            aria-label={translate("opens", { day: name })}
            value={hours[0]}
            onInput={(event) => onHours([event.currentTarget.value, hours[1]])}
          />
          <input
            class="input"
            type="time"
            aria-label={translate("closes", { day: name })}
            value={hours[1]}
            onInput={(event) => onHours([hours[0], event.currentTarget.value])}
          />
        </div>
      ) : (
        <span class="soft">{translate("closed")}</span>
      )}
    </div>
  );
}

function Holidays({ days, onDays }: { days: readonly string[]; onDays: (days: readonly string[]) => void }): VNode {
  const [next, setNext] = useState("");
  const add = (): void => {
    if (next && !days.includes(next)) onDays([...days, next].sort());
    setNext("");
  };
  return (
    <div class="stack tight">
      <h3>{translate("holidays")}</h3>
      <ul class="row">
        {[...new Set(days)].map((one) => (
          <li key={one} class="tag">
            {day(`${one}T00:00`)}
            <button
              type="button"
              class="button plain square"
              aria-label={translate("removeHoliday", { day: day(`${one}T00:00`) })}
              onClick={() => onDays(days.filter((held) => held !== one))}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <div class="row">
        <TextField label={translate("addHoliday")} type="date" value={next} onValue={setNext} />
        <button type="button" class="button" disabled={!next} onClick={add}>
          {translate("addHoliday")}
        </button>
      </div>
    </div>
  );
}
