// Sending somebody by hand: those whom the head is in charge of, the readiest first; or passing the task on.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import type { Task } from "../live/city";
import { Dialog } from "../parts/dialog";
import { AreaField, SelectField, useAction } from "../parts/form";
import { Empty } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { now } from "../shell/now";
import { ago, metres, number } from "../words/format";
import { refusal } from "../words/refusals";
import { translate } from "./words";

type Officer = Schemas["Assignee"];
const PASSING = ["disposisi", "koordinasi"] as const;
type Passing = (typeof PASSING)[number];

export const mayAssign = (task: Task): boolean => (task.verbs ?? []).includes("assign");

interface DispatchProps {
  readonly tasks: readonly Task[];
  readonly close: () => void;
  readonly done: () => void;
}

/** For one task or for many at once; many are each accepted or refused on their own. */
export function Dispatch({ tasks, close, done }: DispatchProps): VNode | null {
  const first = tasks[0];
  const people = useLoad(
    () =>
      request(api.GET("/api/v1/heads/tasks/{task_id}/assignees", { params: { path: { task_id: first?.id ?? "" } } })),
    [first?.id],
  );
  const finish = (): void => {
    close();
    done();
  };
  if (!first) return null;
  const title =
    tasks.length > 1
      ? translate("sendTitleMany", { n: number(tasks.length) })
      : translate("sendTitle", { n: String(first.number) });
  return (
    <Dialog title={title} onClose={close}>
      <Shown of={people}>{(found) => <Choose people={found} tasks={tasks} finish={finish} />}</Shown>
      {tasks.length === 1 ? <PassOn task={first} finish={finish} /> : null}
    </Dialog>
  );
}

function Choose(props: { people: Schemas["AssigneePage"]; tasks: readonly Task[]; finish: () => void }): VNode {
  const { people, tasks, finish } = props;
  const [to, setTo] = useState("");
  const [note, setNote] = useState("");
  const names = new Map([
    ...people.officers.map((one) => [one.user_id, one.name] as const),
    ...people.teams.map(named),
  ]);
  const [busy, send] = useAction(async () => {
    const results = await sendAll(tasks, to, note.trim());
    const refused = results.filter((one) => one.status >= 300);
    if (refused.length > 0) {
      const why = [...new Set(refused.map((one) => refusal(one.code ?? undefined) ?? one.detail ?? ""))].join("; ");
      toast(
        translate("sentSome", { n: number(results.length - refused.length), m: number(refused.length), why }),
        "warn",
      );
    } else toast(translate("sentTo", { name: names.get(to) ?? to }), "good");
    if (refused.length < results.length) finish();
  });
  if (people.officers.length + people.teams.length === 0) return <Empty>{translate("noOwn")}</Empty>;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <fieldset class="stack tight" id="whom">
        <legend class="strong">{translate("whom")}</legend>
        {people.officers.map((one, index) => (
          <Option
            key={one.user_id}
            id={one.user_id}
            chosen={to}
            choose={setTo}
            name={one.name}
            tag={index === 0 && isReady(one) ? translate("nearest") : null}
            more={readiness(one)}
          />
        ))}
        {people.teams.map((one) => (
          <Option
            key={one.id}
            id={one.id}
            chosen={to}
            choose={setTo}
            name={one.name}
            tag={null}
            more={translate("team", { n: number(one.members) })}
          />
        ))}
      </fieldset>
      <AreaField label={translate("note")} value={note} onValue={setNote} rows={2} maxLength={2000} />
      <button type="submit" class="button main wide" id="send" disabled={busy || to === ""}>
        {translate("send")}
      </button>
    </form>
  );
}

const named = (team: Schemas["AssigneeTeam"]): readonly [string, string] => [team.id, team.name];

function Option(props: {
  id: string;
  chosen: string;
  choose: (id: string) => void;
  name: string;
  tag: string | null;
  more: string;
}): VNode {
  const { id, chosen, choose, name, tag, more } = props;
  return (
    <label class="card option">
      <input type="radio" name="to" value={id} checked={chosen === id} onChange={() => choose(id)} />
      <span>
        <span class="strong">{name}</span> {tag ? <span class="tag">{tag}</span> : null}
        {more ? <span class="small soft option-more">{more}</span> : null}
      </span>
    </label>
  );
}

/** The list comes with the readiest first: on duty, free, and the nearest of them. */
const isReady = (one: Officer): boolean => one.on_duty_since !== null && one.tasks === 0 && one.distance_m !== null;

function readiness(one: Officer): string {
  const duty = one.on_duty_since ? translate("onDuty", { t: ago(one.on_duty_since, now.value) }) : translate("offDuty");
  const load = one.tasks === 0 ? translate("free") : translate("busy", { n: number(one.tasks) });
  const place = one.distance_m === null ? translate("noPlace") : translate("away", { d: metres(one.distance_m) });
  return [one.area_name ?? one.agency_name, duty, load, one.on_duty_since ? place : null].filter(Boolean).join(" · ");
}

async function sendAll(
  tasks: readonly Task[],
  to: string,
  note: string,
): Promise<readonly Schemas["BulkMoveResult"][]> {
  const moves = tasks.map((one) => ({ task_id: one.id, verb: "assign" as const, to, note }));
  return request(api.POST("/api/v1/tasks/bulk-moves", { body: { moves } }));
}

function PassOn({ task, finish }: { task: Task; finish: () => void }): VNode {
  const agencies = useLoad(() => request(api.GET("/api/v1/agencies")), []);
  const [to, setTo] = useState("");
  const [kind, setKind] = useState<Passing>("disposisi");
  const [reason, setReason] = useState("");
  const [busy, pass] = useAction(async () => {
    const path = { params: { path: { task_id: task.id } } };
    await request(api.POST("/api/v1/tasks/{task_id}/hand-over", { ...path, body: { kind, to, note: reason.trim() } }));
    toast(translate("passed"), "good");
    finish();
  });
  const others = (agencies.data ?? []).filter((one) => one.id !== task.agency_id);
  return (
    <details class="pass-on">
      <summary>{translate("passOn")}</summary>
      <div class="stack">
        <p class="small soft">{translate("passOnHint")}</p>
        <SelectField
          label={translate("agency")}
          value={to}
          onValue={setTo}
          options={[["", translate("choose")], ...others.map((one) => [one.id, one.name] as const)]}
        />
        <SelectField
          label={translate("passOn")}
          value={kind}
          onValue={setKind}
          options={PASSING.map((one) => [one, translate(one)] as const)}
        />
        <AreaField label={translate("reason")} value={reason} onValue={setReason} rows={2} maxLength={2000} />
        <button
          type="button"
          class="button"
          disabled={busy || to === "" || reason.trim() === ""}
          onClick={() => pass()}
        >
          {translate("passOn")}
        </button>
      </div>
    </details>
  );
}
