// The clocks of tasks in their order, and the office hours that some of them run in.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Empty, Page } from "../../parts/layout";
import { Shown } from "../../parts/load";
import { say as admin } from "../words";
import { CalendarPart } from "./CalendarPart";
import { ClockDialog } from "./ClockDialog";
import { OrderTools, SaveBar } from "./draft-parts";
import { countingOf, forWhat, timesOf } from "./policy-lines";
import { type Clock, type Document, type Editing, movedBy, useDraft } from "./useDraft";
import { say } from "./words-policy";

const NEW: Clock = {
  categories: [],
  severities: [],
  acknowledge_hours: 1,
  first_action_hours: 4,
  resolve_hours: 24,
  hours: "wall",
  remind_at_share: 0.75,
  escalate_at_shares: [1, 1.5, 2],
};

export function Clocks(): VNode {
  const editing = useDraft();
  return (
    <Page title={admin("clocks")} intro={say("clocksIntro")} width="wide">
      <Shown of={editing.found}>
        {() =>
          editing.document ? (
            <div class="desk">
              <div class="stack">
                <SaveBar editing={editing} />
                <List document={editing.document} editing={editing} />
              </div>
              <CalendarPart
                calendar={editing.document.calendar ?? null}
                onCalendar={(calendar) => editing.change({ calendar })}
              />
            </div>
          ) : null
        }
      </Shown>
    </Page>
  );
}

function List({ document, editing }: { document: Document; editing: Editing }): VNode {
  const [edited, setEdited] = useState<number | null>(null);
  const clocks = document.clock ?? [];
  const put = (next: readonly Clock[]): void => editing.change({ clock: [...next] });
  const keep = (clock: Clock): void => {
    put(
      edited === null || edited >= clocks.length
        ? [...clocks, clock]
        : clocks.map((one, at) => (at === edited ? clock : one)),
    );
    setEdited(null);
  };
  return (
    <section class="stack" aria-label={say("clocks")}>
      <div class="row apart">
        <h2>{say("clocks")}</h2>
        <button type="button" class="button" onClick={() => setEdited(clocks.length)}>
          {say("addClock")}
        </button>
      </div>
      {clocks.length === 0 ? <Empty>{say("defaultClocks")}</Empty> : null}
      <ol class="list" id="clocks">
        {clocks.map((clock, at) => (
          <li key={at} class="card edge">
            <Line clock={clock} place={at + 1} />
            <OrderTools
              up={say("clockUp", { n: at + 1 })}
              down={say("clockDown", { n: at + 1 })}
              editLabel={say("editClock", { n: at + 1 })}
              isFirst={at === 0}
              isLast={at === clocks.length - 1}
              move={(by) => put(movedBy(clocks, at, by))}
              edit={() => setEdited(at)}
              remove={() => put(clocks.filter((_, index) => index !== at))}
            />
          </li>
        ))}
      </ol>
      {edited !== null ? (
        <ClockDialog
          clock={clocks[edited] ?? NEW}
          isNew={edited >= clocks.length}
          place={edited + 1}
          onKeep={keep}
          onClose={() => setEdited(null)}
        />
      ) : null}
    </section>
  );
}

function Line({ clock, place }: { clock: Clock; place: number }): VNode {
  return (
    <div>
      <p>
        <span class="soft figures">{place}.</span>{" "}
        <span class="strong">{forWhat(clock.categories ?? [], clock.severities ?? [])}</span>
      </p>
      <p>{timesOf(clock)}</p>
      <p class="small soft">{countingOf(clock)}</p>
    </div>
  );
}
