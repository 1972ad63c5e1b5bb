// The deadlines of tasks in their order, and the office hours that some of them run in.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Empty, Page } from "../../parts/layout";
import { Shown } from "../../parts/load";
import { translate as admin } from "../words";
import { CalendarPart } from "./CalendarPart";
import { DeadlineDialog } from "./DeadlineDialog";
import { ReorderTools, SaveBar } from "./draft-parts";
import { countingOf, forWhat, timesOf } from "./policy-lines";
import { type Deadline, type Document, type Editing, movedBy, useDraft } from "./useDraft";
import { translate } from "./words-policy";

const NEW: Deadline = {
  categories: [],
  severities: [],
  acknowledge_hours: 1,
  first_action_hours: 4,
  resolve_hours: 24,
  hours: "wall",
  remind_at_share: 0.75,
  escalate_at_shares: [1, 1.5, 2],
};

export function Deadlines(): VNode {
  const editing = useDraft();
  return (
    <Page title={admin("deadlines")} intro={translate("deadlinesIntro")} width="wide">
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
  const deadlines = document.deadline ?? [];
  const put = (next: readonly Deadline[]): void => editing.change({ deadline: [...next] });
  const save = (deadline: Deadline): void => {
    put(
      edited === null || edited >= deadlines.length
        ? [...deadlines, deadline]
        : deadlines.map((one, at) => (at === edited ? deadline : one)),
    );
    setEdited(null);
  };
  return (
    <section class="stack" aria-label={translate("deadlines")}>
      <div class="row apart">
        <h2>{translate("deadlines")}</h2>
        <button type="button" class="button" onClick={() => setEdited(deadlines.length)}>
          {translate("addDeadline")}
        </button>
      </div>
      {deadlines.length === 0 ? <Empty>{translate("defaultDeadlines")}</Empty> : null}
      <ol class="list" id="clocks">
        {deadlines.map((deadline, at) => (
          <li key={at} class="card edge">
            <Line deadline={deadline} place={at + 1} />
            <ReorderTools
              up={translate("deadlineUp", { n: at + 1 })}
              down={translate("deadlineDown", { n: at + 1 })}
              editLabel={translate("editDeadline", { n: at + 1 })}
              isFirst={at === 0}
              isLast={at === deadlines.length - 1}
              move={(by) => put(movedBy(deadlines, at, by))}
              edit={() => setEdited(at)}
              remove={() => put(deadlines.filter((_, index) => index !== at))}
            />
          </li>
        ))}
      </ol>
      {edited !== null ? (
        <DeadlineDialog
          deadline={deadlines[edited] ?? NEW}
          isNew={edited >= deadlines.length}
          place={edited + 1}
          onSave={save}
          onClose={() => setEdited(null)}
        />
      ) : null}
    </section>
  );
}

function Line({ deadline, place }: { deadline: Deadline; place: number }): VNode {
  return (
    <div>
      <p>
        <span class="soft figures">{place}.</span>{" "}
        <span class="strong">{forWhat(deadline.categories ?? [], deadline.severities ?? [])}</span>
      </p>
      <p>{timesOf(deadline)}</p>
      <p class="small soft">{countingOf(deadline)}</p>
    </div>
  );
}
