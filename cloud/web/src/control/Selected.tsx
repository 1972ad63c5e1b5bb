// One incident at the wall: why it is believed, what was changed about it, and all that an operator can do.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, ask, type Schemas } from "../api/client";
import { city, type Incident, reloadCity } from "../live/city";
import { Dialog } from "../parts/dialog";
import { AreaField, SelectField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Empty } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { MemberLine } from "../public/IncidentPage";
import { role } from "../session/session";
import { now } from "../shell/now";
import { categoryWords, incidentStateWords, severityWords } from "../words/field";
import { ago, dateAndClock, percent } from "../words/say";
import { inOrder } from "./queue";
import { TaskPanel } from "./TaskPanel";
import { say } from "./words";

type Detail = Schemas["IncidentDetail"];

export function Selected({ id }: { id: string }): VNode {
  const seen = city.incident.value.get(id);
  const detail = useLoad(
    () => ask(api.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: id } } })),
    [id, seen?.last_signal_at, seen?.state, seen?.verdict, seen?.task_state],
  );
  return <Shown of={detail}>{(found) => <Told detail={found} again={detail.again} />}</Shown>;
}

function Told({ detail, again }: { detail: Detail; again: () => void }): VNode {
  const { incident } = detail;
  const mayAct = role.value !== "leader";
  return (
    <div class="stack" id="selected">
      <header class="stack tight">
        <div class="row apart nofold">
          <h2>
            {categoryWords(incident.category)} {incident.area_name ?? ""}
          </h2>
          <span class="huge figures nowrap">{percent(incident.confidence)}</span>
        </div>
        <p>
          #{incident.number} · {severityWords(incident.severity)} · {incidentStateWords(incident.state)}
          {incident.verdict ? ` · ${incidentStateWords(incident.verdict)}` : ""} · {ago(incident.began_at, now.value)}
        </p>
        <p class="small">
          <a href={`/incidents/${incident.id}`}>{say("full")}</a>
        </p>
      </header>
      {mayAct ? <Actions incident={incident} again={again} /> : null}
      {incident.task_id ? <TaskPanel id={incident.task_id} /> : <p class="soft">{say("noTask")}</p>}
      <Ledger detail={detail} mayAct={mayAct} again={again} />
      {mayAct ? <Changes incident={incident} again={again} /> : null}
    </div>
  );
}

type Asked = "verdict" | "close" | "reopen" | "merge";

function Actions({ incident, again }: { incident: Incident; again: () => void }): VNode {
  const [asked, setAsked] = useState<Asked | null>(null);
  const path = { params: { path: { incident_id: incident.id } } };
  const [busy, run] = useAction(async (act: () => Promise<unknown>) => {
    await act();
    setAsked(null);
    toast(say("done"), "good");
    again();
    reloadCity();
  });
  const confirm = () =>
    ask(api.POST("/api/v1/incidents/{incident_id}/verdict", { ...path, body: { verdict: "confirmed", note: "" } }));
  const reject = (note: string) =>
    ask(api.POST("/api/v1/incidents/{incident_id}/verdict", { ...path, body: { verdict: "false_alarm", note } }));
  const close = (reason: string) =>
    ask(api.POST("/api/v1/incidents/{incident_id}/close", { ...path, body: { reason } }));
  const reopen = (reason: string) =>
    ask(api.POST("/api/v1/incidents/{incident_id}/reopen", { ...path, body: { reason } }));
  const merge = (reason: string, into: string) =>
    ask(api.POST("/api/v1/incidents/{incident_id}/merge", { ...path, body: { reason, into } }));
  const isOpen = incident.state === "open";
  return (
    <div class="row">
      {isOpen ? (
        <>
          <button type="button" class="button main" id="confirm" disabled={busy} onClick={() => run(confirm)}>
            <Icon name="check" />
            {say("confirm")}
          </button>
          <button type="button" class="button danger" onClick={() => setAsked("verdict")}>
            {say("falseAlarm")}
          </button>
          <button type="button" class="button" onClick={() => setAsked("merge")}>
            {say("merge")}
          </button>
          <button type="button" class="button" onClick={() => setAsked("close")}>
            {say("closeIt")}
          </button>
        </>
      ) : (
        <button type="button" class="button" onClick={() => setAsked("reopen")}>
          {say("reopen")}
        </button>
      )}
      {asked === "verdict" ? (
        <Why title={say("falseAlarm")} close={() => setAsked(null)} go={(words) => run(() => reject(words))} />
      ) : null}
      {asked === "close" ? (
        <Why title={say("closeIt")} close={() => setAsked(null)} go={(words) => run(() => close(words))} />
      ) : null}
      {asked === "reopen" ? (
        <Why title={say("reopen")} close={() => setAsked(null)} go={(words) => run(() => reopen(words))} />
      ) : null}
      {asked === "merge" ? (
        <MergeInto
          incident={incident}
          close={() => setAsked(null)}
          go={(words, into) => run(() => merge(words, into))}
        />
      ) : null}
    </div>
  );
}

/** Asks for the reason that goes on record. */
export function Why(props: { title: string; close: () => void; go: (reason: string) => void }): VNode {
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

function MergeInto(props: {
  incident: Incident;
  close: () => void;
  go: (reason: string, into: string) => void;
}): VNode {
  const { incident } = props;
  const others = inOrder(city.incident.value.values())
    .filter((one) => one.id !== incident.id)
    .sort((a, b) => apart(a, incident) - apart(b, incident))
    .slice(0, 30);
  const [into, setInto] = useState(others[0]?.id ?? "");
  const [reason, setReason] = useState("");
  return (
    <Dialog title={say("merge")} onClose={props.close}>
      {others.length === 0 ? (
        <Empty>{say("noneNear")}</Empty>
      ) : (
        <>
          <SelectField
            label={say("mergeInto")}
            value={into}
            onValue={setInto}
            options={others.map((one) => [
              one.id,
              `#${one.number} ${categoryWords(one.category)} ${one.area_name ?? ""}`,
            ])}
          />
          <AreaField label={say("reason")} value={reason} onValue={setReason} maxLength={2000} />
          <button
            type="button"
            class="button main"
            disabled={reason.trim() === ""}
            onClick={() => props.go(reason.trim(), into)}
          >
            {say("merge")}
          </button>
        </>
      )}
    </Dialog>
  );
}

/** Of the same kind first, then the nearest; degrees will do for an order. */
function apart(one: Incident, from: Incident): number {
  const away = Math.hypot(one.place.lat - from.place.lat, one.place.lon - from.place.lon);
  return away + (one.category === from.category ? 0 : 10);
}

function Ledger({ detail, mayAct, again }: { detail: Detail; mayAct: boolean; again: () => void }): VNode {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState(false);
  const members = detail.members.filter((one) => !one.removed);
  const canSplit = mayAct && detail.incident.state === "open" && members.length > 1;
  const [, split] = useAction(async (reason: string) => {
    const path = { params: { path: { incident_id: detail.incident.id } } };
    await ask(api.POST("/api/v1/incidents/{incident_id}/split", { ...path, body: { reason, signals: [...ticked] } }));
    setTicked(new Set());
    setAsking(false);
    toast(say("done"), "good");
    again();
    reloadCity();
  });
  const tick = (id: string): void => {
    const next = new Set(ticked);
    if (!next.delete(id)) next.add(id);
    setTicked(next);
  };
  return (
    <section class="stack tight">
      <h3>{say("why")}</h3>
      <ul class="list" id="ledger">
        {detail.members.map((one, index) => (
          <li key={one.signal_id ?? index} class="row nofold wall-member">
            {canSplit && one.signal_id && !one.removed ? (
              <input
                type="checkbox"
                aria-label={say("tick")}
                checked={ticked.has(one.signal_id)}
                onChange={() => tick(one.signal_id ?? "")}
              />
            ) : null}
            <ul class="grow">
              <MemberLine member={one} />
            </ul>
          </li>
        ))}
      </ul>
      {canSplit ? (
        <button
          type="button"
          class="button"
          disabled={ticked.size === 0 || ticked.size === members.length}
          onClick={() => setAsking(true)}
        >
          {say("split")}
        </button>
      ) : null}
      {asking ? <Why title={say("split")} close={() => setAsking(false)} go={split} /> : null}
    </section>
  );
}

function Changes({ incident, again }: { incident: Incident; again: () => void }): VNode | null {
  const changes = useLoad(
    () => ask(api.GET("/api/v1/incidents/{incident_id}/changes", { params: { path: { incident_id: incident.id } } })),
    [incident.id, incident.last_signal_at, incident.state, incident.sources],
  );
  const [undoing, setUndoing] = useState<string | null>(null);
  const [, undo] = useAction(async (id: string, reason: string) => {
    const path = { params: { path: { change_id: id } } };
    await ask(api.POST("/api/v1/incident-changes/{change_id}/undo", { ...path, body: { reason } }));
    setUndoing(null);
    toast(say("done"), "good");
    changes.again();
    again();
    reloadCity();
  });
  if (!changes.data || changes.data.length === 0) return null;
  const newest = changes.data.find((one) => one.verb !== "undo" && !one.undone_by);
  return (
    <section class="stack tight">
      <h3>{say("changes")}</h3>
      <ul class="list">
        {changes.data.map((one) => (
          <li key={one.id} class="card">
            <span>
              {one.verb} · {one.actor} · {dateAndClock(one.at)}
            </span>
            <span class="soft">{one.reason}</span>
            {one.id === newest?.id ? (
              <button type="button" class="button" onClick={() => setUndoing(one.id)}>
                {say("undo")}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {undoing ? <Why title={say("undo")} close={() => setUndoing(null)} go={(words) => undo(undoing, words)} /> : null}
    </section>
  );
}
