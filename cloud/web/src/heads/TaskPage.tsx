// One task for a head: how it stands, its proof, its trail, and all that a head may do about it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, ask, type Schemas } from "../api/client";
import type { Task } from "../live/city";
import { Dialog } from "../parts/dialog";
import { useKeptFocus } from "../parts/focus";
import { AreaField, SelectField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Facts } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { TaskClock } from "../parts/task";
import { toast } from "../parts/toasts";
import { Pair } from "../public/IncidentPage";
import { categoryWords, severityWords, taskStateWords, verbWords, whoDid } from "../words/field";
import { either } from "../words/language";
import { noteWords } from "../words/notes";
import { dateAndClock } from "../words/say";
import { Dispatch, mayAssign } from "./Dispatch";
import { Frame, useAsked, useField, useTaskChanges, way } from "./field";
import { isLate } from "./TaskRows";
import { doWords, say } from "./words";

type Verb = Schemas["TaskMoveCreate"]["verb"];
// Dispatching has a dialog of its own; field work is an officer's.
const PLAIN: readonly Verb[] = ["confirm", "verify"];
const WITH_REASON: readonly Verb[] = ["reopen", "dismiss"];

export function TaskPage(): VNode {
  const id = useRoute().params.id ?? "";
  const asked = useAsked();
  const changes = useTaskChanges();
  const path = { params: { path: { task_id: id } } };
  const detail = useLoad(() => ask(api.GET("/api/v1/tasks/{task_id}", path)), [id, changes]);
  // The public form of a task has no place: what is not of the own field is not shown here at all.
  const isMissing = detail.error?.status === 404 || (detail.data !== null && detail.data.task.place === null);
  if (isMissing || detail.error?.status === 422)
    return (
      <Frame title={say("queue")}>
        <Banner kind="warn">
          <p>{say("notYours")}</p>
          <p>
            <a href={way("/tasks", asked)}>{say("toQueue")}</a>
          </p>
        </Banner>
      </Frame>
    );
  const task = detail.data?.task;
  return (
    <Frame title={task ? `${categoryWords(task.category)} · ${task.area_name ?? ""}` : say("queue")}>
      <Shown of={detail}>{(found) => <Told detail={found} again={detail.again} />}</Shown>
    </Frame>
  );
}

function Told({ detail, again }: { detail: Schemas["TaskDetail"]; again: () => void }): VNode {
  const { task, moves, pair } = detail;
  const { may_act } = useField();
  return (
    <div class="heads-halves">
      <section class={`card edge ${isLate(task) ? "edge-1" : ""}`} id="task">
        <h2>{say("task", { n: String(task.number) })}</h2>
        <Facts
          rows={[
            [
              say("state"),
              <span key="state" role="status" class="strong">
                {taskStateWords(task.state)}
              </span>,
            ],
            [say("clock"), <TaskClock key="clock" task={task} />],
            [say("priority"), `${say("priorityOf", { n: String(task.priority) })} · ${severityWords(task.severity)}`],
            [say("agency"), task.agency_name],
            [say("officer"), task.assignee_name],
            [say("made"), dateAndClock(task.created_at)],
          ]}
        />
        <p>
          <a href={`/incidents/${task.incident_id}`}>{say("incident")}</a>
        </p>
        <Pair before={pair?.before ?? []} after={pair?.after ?? []} />
        {may_act ? <Moves task={task} again={again} /> : null}
      </section>
      <div class="stack">
        <Sheet task={task} />
        <section class="card">
          <h2>{say("history")}</h2>
          <ul class="list">
            {moves.map((move) => (
              <li key={move.at + move.verb}>
                <span class="strong">{verbWords(move.verb)}</span> {whoDid(move)}{" "}
                <span class="small soft">{dateAndClock(move.at)}</span>
                {move.note ? <p class="small">{noteWords(move.note)}</p> : null}
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}

function Moves({ task, again }: { task: Task; again: () => void }): VNode {
  const [isSending, setSending] = useState(false);
  const [asked, setAsked] = useState<Verb | "priority" | null>(null);
  const [busy, move] = useAction(async (verb: Verb, note: string) => {
    await ask(
      api.POST("/api/v1/tasks/{task_id}/moves", { params: { path: { task_id: task.id } }, body: { verb, note } }),
    );
    setAsked(null);
    toast(say("doneOf", { what: doWords(verb) }), "good");
    again();
  });
  const may = (verb: Verb): boolean => (task.verbs ?? []).includes(verb);
  return (
    <section class="row" aria-label={say("moves")} ref={useKeptFocus()} tabIndex={-1}>
      {mayAssign(task) ? (
        <button type="button" class="button main" id="dispatch" onClick={() => setSending(true)}>
          <Icon name="person" />
          {say("send")}
        </button>
      ) : null}
      {PLAIN.filter(may).map((verb) => (
        <button key={verb} type="button" class="button main" disabled={busy} onClick={() => move(verb, "")}>
          {doWords(verb)}
        </button>
      ))}
      {WITH_REASON.filter(may).map((verb) => (
        <button key={verb} type="button" class="button" onClick={() => setAsked(verb)}>
          {doWords(verb)}
        </button>
      ))}
      {task.finished ? null : (
        <button type="button" class="button" onClick={() => setAsked("priority")}>
          {say("changePriority")}
        </button>
      )}
      {isSending ? <Dispatch tasks={[task]} close={() => setSending(false)} done={again} /> : null}
      {asked === "priority" ? <Priority task={task} close={() => setAsked(null)} done={again} /> : null}
      {asked && asked !== "priority" ? (
        <Why title={doWords(asked)} close={() => setAsked(null)} go={(note) => move(asked, note)} />
      ) : null}
    </section>
  );
}

function Why(props: { title: string; close: () => void; go: (reason: string) => void }): VNode {
  const [reason, setReason] = useState("");
  return (
    <Dialog title={props.title} onClose={props.close}>
      <AreaField label={say("reason")} value={reason} onValue={setReason} maxLength={2000} />
      <button type="button" class="button main" disabled={reason.trim() === ""} onClick={() => props.go(reason.trim())}>
        {props.title}
      </button>
    </Dialog>
  );
}

const PRIORITIES = ["1", "2", "3", "4"] as const;

function Priority({ task, close, done }: { task: Task; close: () => void; done: () => void }): VNode {
  const [priority, setPriority] = useState<(typeof PRIORITIES)[number]>(
    PRIORITIES.find((one) => Number(one) === task.priority) ?? "3",
  );
  const [reason, setReason] = useState("");
  const [busy, save] = useAction(async () => {
    const path = { params: { path: { task_id: task.id } } };
    const body = { priority: Number(priority), reason: reason.trim() };
    await ask(api.POST("/api/v1/tasks/{task_id}/priority", { ...path, body }));
    toast(say("done"), "good");
    close();
    done();
  });
  return (
    <Dialog title={say("changePriority")} onClose={close}>
      <SelectField
        label={say("priority")}
        value={priority}
        onValue={setPriority}
        options={PRIORITIES.map((one) => [one, one === "1" ? `1 · ${say("most")}` : one] as const)}
      />
      <AreaField label={say("reason")} value={reason} onValue={setReason} maxLength={2000} />
      <button type="button" class="button main" disabled={busy || reason.trim() === ""} onClick={() => save()}>
        {say("changePriority")}
      </button>
    </Dialog>
  );
}

function Sheet({ task }: { task: Task }): VNode | null {
  const { may_act } = useField();
  const path = { params: { path: { task_id: task.id } } };
  const sheet = useLoad(
    () => (may_act ? ask(api.GET("/api/v1/tasks/{task_id}/work", path)) : Promise.resolve(null)),
    [task.id, task.updated_at],
  );
  const [text, setText] = useState("");
  const [busy, write] = useAction(async () => {
    await ask(api.POST("/api/v1/tasks/{task_id}/notes", { ...path, body: { text: text.trim() } }));
    setText("");
    toast(say("done"), "good");
    sheet.again();
  });
  if (!may_act || !sheet.data) return null;
  return (
    <section class="card">
      {sheet.data.checklist.length > 0 ? (
        <>
          <h2>{say("checklist")}</h2>
          <ul class="list small">
            {sheet.data.checklist.map((item) => (
              <li key={item.id}>
                {item.done_at ? "☑" : "☐"} {either(item.text_id, item.text_en)}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <h2>{say("notes")}</h2>
      <AreaField label={say("addNote")} value={text} onValue={setText} rows={2} maxLength={2000} />
      <button type="button" class="button" disabled={busy || text.trim() === ""} onClick={() => write()}>
        {say("addNote")}
      </button>
    </section>
  );
}
