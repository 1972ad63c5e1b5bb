// One task for a head: how it stands, its proof, its trail, and all that a head may do about it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, request, type Schemas } from "../api/client";
import type { Task } from "../live/city";
import { Clips } from "../parts/clips";
import { Dialog } from "../parts/dialog";
import { useRestoredFocus } from "../parts/focus";
import { AreaField, SelectField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Facts } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { TaskDeadline } from "../parts/task";
import { toast } from "../parts/toasts";
import { Pair } from "../public/Pair";
import { categoryWords, severityWords, taskStateWords, verbWords, whoDid } from "../words/field";
import { dateAndTime } from "../words/format";
import { either } from "../words/language";
import { noteWords } from "../words/notes";
import { Dispatch, mayAssign } from "./Dispatch";
import { Frame, linkTo, useAreaQuery, useField, useTaskChanges } from "./field";
import { isOverdue } from "./TaskRows";
import { doWords, translate } from "./words";

type Verb = Schemas["TaskMoveCreate"]["verb"];
// Dispatching has a dialog of its own; field work is an officer's.
const PLAIN: readonly Verb[] = ["confirm", "verify"];
const WITH_REASON: readonly Verb[] = ["reopen", "dismiss"];

export function TaskPage(): VNode {
  const id = useRoute().params.id ?? "";
  const area = useAreaQuery();
  const changes = useTaskChanges();
  const path = { params: { path: { task_id: id } } };
  const detail = useLoad(() => request(api.GET("/api/v1/tasks/{task_id}", path)), [id, changes]);
  // The public form of a task has no place: what is not of the own field is not shown here at all.
  const isMissing = detail.error?.status === 404 || (detail.data !== null && detail.data.task.place === null);
  if (isMissing || detail.error?.status === 422)
    return (
      <Frame title={translate("queue")}>
        <Banner kind="warn">
          <p>{translate("notYours")}</p>
          <p>
            <a href={linkTo("/tasks", area)}>{translate("toQueue")}</a>
          </p>
        </Banner>
      </Frame>
    );
  const task = detail.data?.task;
  return (
    <Frame title={task ? `${categoryWords(task.category)} · ${task.area_name ?? ""}` : translate("queue")}>
      <Shown of={detail}>{(found) => <Content detail={found} again={detail.again} />}</Shown>
    </Frame>
  );
}

function Content({ detail, again }: { detail: Schemas["TaskDetail"]; again: () => void }): VNode {
  const { task, moves, pair, clips } = detail;
  const { may_act } = useField();
  return (
    <div class="heads-halves">
      <section class={`card edge ${isOverdue(task) ? "edge-1" : ""}`} id="task">
        <h2>{translate("task", { n: String(task.number) })}</h2>
        <Facts
          rows={[
            [
              translate("state"),
              <span key="state" role="status" class="strong">
                {taskStateWords(task.state)}
              </span>,
            ],
            [translate("deadline"), <TaskDeadline key="clock" task={task} />],
            [
              translate("priority"),
              `${translate("priorityOf", { n: String(task.priority) })} · ${severityWords(task.severity)}`,
            ],
            [translate("agency"), task.agency_name],
            [translate("officer"), task.assignee_name],
            [translate("made"), dateAndTime(task.created_at)],
          ]}
        />
        <p>
          <a href={`/incidents/${task.incident_id}`}>{translate("incident")}</a>
        </p>
        <Pair pair={pair} forStaff />
        <Clips clips={clips} />
        {may_act ? <Moves task={task} again={again} /> : null}
      </section>
      <div class="stack">
        <Sheet task={task} />
        <section class="card">
          <h2>{translate("history")}</h2>
          <ul class="list">
            {moves.map((move) => (
              <li key={move.at + move.verb}>
                <span class="strong">{verbWords(move.verb)}</span> {whoDid(move)}{" "}
                <span class="small soft">{dateAndTime(move.at)}</span>
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
  const [pending, setPending] = useState<Verb | "priority" | null>(null);
  const [busy, move] = useAction(async (verb: Verb, note: string) => {
    await request(
      api.POST("/api/v1/tasks/{task_id}/moves", { params: { path: { task_id: task.id } }, body: { verb, note } }),
    );
    setPending(null);
    toast(translate("doneOf", { what: doWords(verb) }), "good");
    again();
  });
  const may = (verb: Verb): boolean => (task.verbs ?? []).includes(verb);
  return (
    <section class="row" aria-label={translate("moves")} ref={useRestoredFocus()} tabIndex={-1}>
      {mayAssign(task) ? (
        <button type="button" class="button main" id="dispatch" onClick={() => setSending(true)}>
          <Icon name="person" />
          {translate("send")}
        </button>
      ) : null}
      {PLAIN.filter(may).map((verb) => (
        <button key={verb} type="button" class="button main" disabled={busy} onClick={() => move(verb, "")}>
          {doWords(verb)}
        </button>
      ))}
      {WITH_REASON.filter(may).map((verb) => (
        <button key={verb} type="button" class="button" onClick={() => setPending(verb)}>
          {doWords(verb)}
        </button>
      ))}
      {task.finished ? null : (
        <button type="button" class="button" onClick={() => setPending("priority")}>
          {translate("changePriority")}
        </button>
      )}
      {isSending ? <Dispatch tasks={[task]} close={() => setSending(false)} done={again} /> : null}
      {pending === "priority" ? <Priority task={task} close={() => setPending(null)} done={again} /> : null}
      {pending && pending !== "priority" ? (
        <Why title={doWords(pending)} close={() => setPending(null)} go={(note) => move(pending, note)} />
      ) : null}
    </section>
  );
}

function Why(props: { title: string; close: () => void; go: (reason: string) => void }): VNode {
  const [reason, setReason] = useState("");
  return (
    <Dialog title={props.title} onClose={props.close}>
      <AreaField label={translate("reason")} value={reason} onValue={setReason} maxLength={2000} />
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
    await request(api.POST("/api/v1/tasks/{task_id}/priority", { ...path, body }));
    toast(translate("done"), "good");
    close();
    done();
  });
  return (
    <Dialog title={translate("changePriority")} onClose={close}>
      <SelectField
        label={translate("priority")}
        value={priority}
        onValue={setPriority}
        options={PRIORITIES.map((one) => [one, one === "1" ? `1 · ${translate("most")}` : one] as const)}
      />
      <AreaField label={translate("reason")} value={reason} onValue={setReason} maxLength={2000} />
      <button type="button" class="button main" disabled={busy || reason.trim() === ""} onClick={() => save()}>
        {translate("changePriority")}
      </button>
    </Dialog>
  );
}

function Sheet({ task }: { task: Task }): VNode | null {
  const { may_act } = useField();
  const path = { params: { path: { task_id: task.id } } };
  const sheet = useLoad(
    () => (may_act ? request(api.GET("/api/v1/tasks/{task_id}/work", path)) : Promise.resolve(null)),
    [task.id, task.updated_at],
  );
  const [text, setText] = useState("");
  const [busy, write] = useAction(async () => {
    await request(api.POST("/api/v1/tasks/{task_id}/notes", { ...path, body: { text: text.trim() } }));
    setText("");
    toast(translate("done"), "good");
    sheet.again();
  });
  if (!may_act || !sheet.data) return null;
  return (
    <section class="card">
      {sheet.data.checklist.length > 0 ? (
        <>
          <h2>{translate("checklist")}</h2>
          <ul class="list small">
            {sheet.data.checklist.map((item) => (
              <li key={item.id}>
                {item.done_at ? "☑" : "☐"} {either(item.text_id, item.text_en)}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <h2>{translate("notes")}</h2>
      <AreaField label={translate("addNote")} value={text} onValue={setText} rows={2} maxLength={2000} />
      <button type="button" class="button" disabled={busy || text.trim() === ""} onClick={() => write()}>
        {translate("addNote")}
      </button>
    </section>
  );
}
