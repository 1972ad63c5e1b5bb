// One incident in the control room: why it is believed, what was changed about it, and all that an operator can do.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { city, type Incident, reloadCity } from "../live/city";
import { useAction } from "../parts/form";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { ASSET_CHECK, AssetOfTask } from "../public/assets/AssetOfTask";
import { MemberLine } from "../public/IncidentPage";
import { role } from "../session/session";
import { now } from "../shell/now";
import {
  categoryWords,
  certaintyWords,
  translate as field,
  incidentStateWords,
  severityWords,
  sourceWords,
  taskStateWords,
  whoDid,
} from "../words/field";
import { ago, dateAndTime, number, percent } from "../words/format";
import { Actions } from "./Actions";
import { TaskPanel } from "./TaskPanel";
import { Why } from "./Why";
import { changeWords, translate } from "./words";

type Detail = Schemas["IncidentDetail"];

export function Selected({ id }: { id: string }): VNode {
  const seen = city.incident.value.get(id);
  const detail = useLoad(
    () => request(api.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: id } } })),
    [id, seen?.last_signal_at, seen?.state, seen?.verdict, seen?.task_state],
  );
  return <Shown of={detail}>{(found) => <Content detail={found} again={detail.again} />}</Shown>;
}

function Content({ detail, again }: { detail: Detail; again: () => void }): VNode {
  const { incident } = detail;
  const mayAct = role.value !== "leader";
  return (
    <div class="stack" id="selected">
      <header class="stack tight">
        <div class="row apart nofold">
          <h2>
            {categoryWords(incident.category)} {incident.area_name ?? ""}
          </h2>
          <span class="nowrap believed">
            <span class="huge figures">{percent(incident.confidence)}</span>
            <span class="small soft">{field("confidence")}</span>
          </span>
        </div>
        <p>
          #{incident.number} · {severityWords(incident.severity)} · {incidentStateWords(incident.state)}
          {incident.verdict ? ` · ${incidentStateWords(incident.verdict)}` : ""} · {ago(incident.began_at, now.value)}
        </p>
        <p class="small" data-certainty={incident.certainty}>
          {certaintyWords(incident.certainty)} · {translate("independent", { n: number(incident.sources) })}
        </p>
        <p class="small row apart">
          <span class="soft">
            {translate("reportedBy", { who: incident.source_kinds.map(sourceWords).join(", ") })}
          </span>
          <a href={`/incidents/${incident.id}`}>{translate("full")}</a>
        </p>
        <Reports incident={incident} />
      </header>
      {incident.category === ASSET_CHECK ? <AssetOfTask lat={incident.place.lat} lon={incident.place.lon} /> : null}
      {mayAct ? <Actions incident={incident} again={again} /> : null}
      {incident.task_id ? <TaskPanel id={incident.task_id} /> : <p class="soft">{translate("noTask")}</p>}
      <Ledger detail={detail} mayAct={mayAct} again={again} />
      {mayAct ? <Changes incident={incident} again={again} /> : null}
    </div>
  );
}

/** For ears: how it stands, said again whenever that changes. */
function Reports({ incident }: { incident: Incident }): VNode {
  const parts = [incidentStateWords(incident.state), incident.verdict ? incidentStateWords(incident.verdict) : ""];
  const work = incident.task_state
    ? `${translate("tasks")}: ${taskStateWords(incident.task_state)}`
    : translate("noTask");
  return (
    <p class="for-ears" role="status" id="heard">
      {[...parts, work].filter(Boolean).join(" · ")}
    </p>
  );
}

function Ledger({ detail, mayAct, again }: { detail: Detail; mayAct: boolean; again: () => void }): VNode {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [isConfirming, setConfirming] = useState(false);
  const members = detail.members.filter((one) => !one.removed);
  const canSplit = mayAct && detail.incident.state === "open" && members.length > 1;
  const [, split] = useAction(async (reason: string) => {
    const path = { params: { path: { incident_id: detail.incident.id } } };
    await request(
      api.POST("/api/v1/incidents/{incident_id}/split", { ...path, body: { reason, signals: [...ticked] } }),
    );
    setTicked(new Set());
    setConfirming(false);
    toast(translate("done"), "good");
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
      <h3>{translate("why")}</h3>
      <p class="small soft">{translate("whyHelp")}</p>
      <ul class="list" id="ledger">
        {detail.members.map((one, index) => (
          <li key={one.signal_id ?? index} class="row nofold room-member">
            {canSplit && one.signal_id && !one.removed ? (
              <input
                type="checkbox"
                aria-label={translate("tick")}
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
          onClick={() => setConfirming(true)}
        >
          {translate("split")}
        </button>
      ) : null}
      {isConfirming ? (
        <Why title={translate("split")} help={translate("splitHelp")} close={() => setConfirming(false)} go={split} />
      ) : null}
    </section>
  );
}

function Changes({ incident, again }: { incident: Incident; again: () => void }): VNode | null {
  const changes = useLoad(
    () =>
      request(api.GET("/api/v1/incidents/{incident_id}/changes", { params: { path: { incident_id: incident.id } } })),
    [incident.id, incident.last_signal_at, incident.state, incident.sources],
  );
  const [undoing, setUndoing] = useState<string | null>(null);
  const [, undo] = useAction(async (id: string, reason: string) => {
    const path = { params: { path: { change_id: id } } };
    await request(api.POST("/api/v1/incident-changes/{change_id}/undo", { ...path, body: { reason } }));
    setUndoing(null);
    toast(translate("done"), "good");
    changes.again();
    again();
    reloadCity();
  });
  if (!changes.data || changes.data.length === 0) return null;
  const newest = changes.data.find((one) => one.verb !== "undo" && !one.undone_by);
  return (
    <section class="stack tight">
      <h3>{translate("changes")}</h3>
      <ul class="list">
        {changes.data.map((one) => (
          <li key={one.id} class="card">
            <span>
              {changeWords(one.verb)} · {whoDid(one)} · {dateAndTime(one.at)}
            </span>
            <span class="soft">{one.reason}</span>
            {one.id === newest?.id ? (
              <button type="button" class="button" onClick={() => setUndoing(one.id)}>
                {translate("undo")}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {undoing ? (
        <Why
          title={translate("undo")}
          help={translate("undoHelp")}
          close={() => setUndoing(null)}
          go={(words) => undo(undoing, words)}
        />
      ) : null}
    </section>
  );
}
