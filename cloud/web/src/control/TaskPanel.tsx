// The task of an incident in the control room: its deadline, who has it, its proof, and the moves that are legal now.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { city, reloadCity, type Task } from "../live/city";
import { goOnTo } from "../parts/focus";
import { useAction } from "../parts/form";
import { Facts } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { TaskDeadline } from "../parts/task";
import { toast } from "../parts/toasts";
import { Pair } from "../public/Pair";
import { role } from "../session/session";
import { taskStateWords, verbWords, whoDid } from "../words/field";
import { dateAndTime } from "../words/format";
import { noteWords } from "../words/notes";
import { Why } from "./Why";
import { doneWords, doWords, helpWords, translate } from "./words";

type Move = Schemas["TaskMoveCreate"];
// What is done in the control room; the rest belongs to officers and heads.
const PLAIN = ["confirm", "verify"] as const;
const WITH_REASON = ["reopen", "dismiss"] as const;
/** What comes next in the control room: after an approval somebody is sent; after that it is the officer's turn. */
const GOES_ON: Readonly<Record<string, string>> = { confirm: "#dispatch", reopen: "#dispatch" };

export function TaskPanel({ id }: { id: string }): VNode {
  const task = useLoad(
    () => request(api.GET("/api/v1/tasks/{task_id}", { params: { path: { task_id: id } } })),
    [id, city.task.value.get(id)?.updated_at],
  );
  return (
    <Shown of={task}>
      {({ task: one, moves, pair }) => (
        <section class="card" id="task">
          <h3>{translate("work", { n: one.number })}</h3>
          <Facts
            rows={[
              [translate("state"), taskStateWords(one.state)],
              [translate("agency"), one.agency_name],
              [translate("assignee"), one.assignee_name],
              [translate("deadline"), <TaskDeadline key="clock" task={one} />],
            ]}
          />
          <Pair pair={pair} forStaff />
          {role.value === "leader" ? null : <Moves task={one} again={task.again} />}
          <details>
            <summary>{translate("history")}</summary>
            <ul class="list">
              {moves.map((move) => (
                <li key={move.at + move.verb}>
                  {verbWords(move.verb)} {whoDid(move)} <span class="small soft">{dateAndTime(move.at)}</span>
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
const messageOf = (verb: string, task: Task): string =>
  verb === "assign" && task.assignee_name ? translate("sent", { name: task.assignee_name }) : doneWords(verb);

function Moves({ task, again }: { task: Task; again: () => void }): VNode {
  const [pending, setPending] = useState<Move["verb"] | null>(null);
  const [busy, move] = useAction(async (wanted: Move) => {
    const path = { task_id: task.id };
    const now = await request(api.POST("/api/v1/tasks/{task_id}/moves", { params: { path }, body: wanted }));
    setPending(null);
    toast(messageOf(wanted.verb, now.task), "good");
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
          {translate(task.assignee_id ? "dispatchOther" : "dispatch")}
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
        <button key={verb} type="button" class="button" data-verb={verb} onClick={() => setPending(verb)}>
          {doWords(verb)}
        </button>
      ))}
      {pending ? (
        <Why
          title={doWords(pending)}
          help={helpWords(pending)}
          close={() => setPending(null)}
          go={(note) => move({ verb: pending, note })}
        />
      ) : null}
    </div>
  );
}
