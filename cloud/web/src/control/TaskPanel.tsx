// The task of an incident at the wall: its clock, who has it, its proof, and the moves that are legal now.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, ask, type Schemas } from "../api/client";
import { city, reloadCity, type Task } from "../live/city";
import { goOnTo } from "../parts/focus";
import { useAction } from "../parts/form";
import { Facts } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { TaskClock } from "../parts/task";
import { toast } from "../parts/toasts";
import { Pair } from "../public/IncidentPage";
import { role } from "../session/session";
import { taskStateWords, verbWords, whoDid } from "../words/field";
import { noteWords } from "../words/notes";
import { dateAndClock } from "../words/say";
import { Why } from "./Why";
import { doneWords, doWords, helpWords, say } from "./words";

type Move = Schemas["TaskMoveCreate"];
// What is done at the wall; the rest belongs to officers and heads.
const PLAIN = ["confirm", "verify"] as const;
const WITH_REASON = ["reopen", "dismiss"] as const;
/** What comes next at the wall: after an approval somebody is sent; after that it is the officer's turn. */
const GOES_ON: Readonly<Record<string, string>> = { confirm: "#dispatch", reopen: "#dispatch" };

export function TaskPanel({ id }: { id: string }): VNode {
  const task = useLoad(
    () => ask(api.GET("/api/v1/tasks/{task_id}", { params: { path: { task_id: id } } })),
    [id, city.task.value.get(id)?.updated_at],
  );
  return (
    <Shown of={task}>
      {({ task: one, moves, pair }) => (
        <section class="card" id="task">
          <h3>{say("work", { n: one.number })}</h3>
          <Facts
            rows={[
              [say("state"), taskStateWords(one.state)],
              [say("agency"), one.agency_name],
              [say("assignee"), one.assignee_name],
              [say("clock"), <TaskClock key="clock" task={one} />],
            ]}
          />
          <Pair before={pair?.before ?? []} after={pair?.after ?? []} />
          {role.value === "leader" ? null : <Moves task={one} again={task.again} />}
          <details>
            <summary>{say("history")}</summary>
            <ul class="list">
              {moves.map((move) => (
                <li key={move.at + move.verb}>
                  {verbWords(move.verb)} {whoDid(move)} <span class="small soft">{dateAndClock(move.at)}</span>
                  {move.note ? <p class="small">{noteWords(move.note)}</p> : null}
                </li>
              ))}
            </ul>
          </details>
        </section>
      )}
    </Shown>
  );
}

/** Who was sent, by name, or what was done. */
const saidOf = (verb: string, task: Task): string =>
  verb === "assign" && task.assignee_name ? say("sent", { name: task.assignee_name }) : doneWords(verb);

function Moves({ task, again }: { task: Task; again: () => void }): VNode {
  const [asked, setAsked] = useState<Move["verb"] | null>(null);
  const [busy, move] = useAction(async (wanted: Move) => {
    const path = { task_id: task.id };
    const now = await ask(api.POST("/api/v1/tasks/{task_id}/moves", { params: { path }, body: wanted }));
    setAsked(null);
    toast(saidOf(wanted.verb, now.task), "good");
    again();
    reloadCity();
    goOnTo(GOES_ON[wanted.verb] ?? "");
  });
  const may = (verb: string): boolean => (task.verbs ?? []).includes(verb);
  return (
    <div class="row">
      {may("assign") ? (
        <button
          type="button"
          class={`button${task.assignee_id ? "" : " main"}`}
          id="dispatch"
          disabled={busy}
          onClick={() => move({ verb: "assign", to: "nearest", note: "" })}
        >
          {say(task.assignee_id ? "dispatchOther" : "dispatch")}
        </button>
      ) : null}
      {PLAIN.filter(may).map((verb) => (
        <button
          key={verb}
          type="button"
          class="button main"
          data-verb={verb}
          disabled={busy}
          onClick={() => move({ verb, note: "" })}
        >
          {doWords(verb)}
        </button>
      ))}
      {WITH_REASON.filter(may).map((verb) => (
        <button key={verb} type="button" class="button" data-verb={verb} onClick={() => setAsked(verb)}>
          {doWords(verb)}
        </button>
      ))}
      {asked ? (
        <Why
          title={doWords(asked)}
          help={helpWords(asked)}
          close={() => setAsked(null)}
          go={(note) => move({ verb: asked, note })}
        />
      ) : null}
    </div>
  );
}
