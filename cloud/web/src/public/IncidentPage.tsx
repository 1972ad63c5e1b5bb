// One incident: what and where, why it is believed, what is being done, before and after.

import type { VNode } from "preact";
import { useRoute } from "preact-iso";
import { api, request, type Schemas } from "../api/client";
import { city, useCity } from "../live/city";
import { Clips } from "../parts/clips";
import { Icon } from "../parts/icons";
import { Facts, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { TaskDeadline } from "../parts/task";
import { role } from "../session/session";
import { now } from "../shell/now";
import { strengthWords, sureWords } from "../words/degree";
import {
  categoryWords,
  certaintyWords,
  translate as field,
  gradeWords,
  incidentStateWords,
  severityWords,
  sourceWords,
  taskStateWords,
  verbWords,
} from "../words/field";
import { ago, dateAndTime, number, percent } from "../words/format";
import { Grade } from "./Grade";
import { MeToo } from "./MeToo";
import { Pair } from "./Pair";
import { translate } from "./words";

type Detail = Schemas["IncidentDetail"];
type Member = Schemas["IncidentMember"];

export function IncidentPage(): VNode {
  const id = useRoute().params.id ?? "";
  useCity(...(role.value ? (["incident"] as const) : []));
  const changedAt = city.incident.value.get(id)?.last_signal_at;
  const state = city.incident.value.get(id)?.state;
  const detail = useLoad(
    () => request(api.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: id } } })),
    [id, changedAt, state],
  );
  return <Shown of={detail}>{(found) => <Content detail={found} />}</Shown>;
}

function Content({ detail }: { detail: Detail }): VNode {
  const { incident, members, remarks = [] } = detail;
  return (
    <Page
      title={`${categoryWords(incident.category)}${incident.area_name ? ` · ${incident.area_name}` : ""}`}
      width="narrow"
    >
      <div class={`card edge ${incident.severity === "severe" ? "edge-1" : ""}`}>
        <div class="row apart">
          <span class="row">
            <span class="large first-upper">{sureWords(incident.confidence)}</span>
            <span class="soft figures">
              {field("confidence")} {percent(incident.confidence)}
            </span>
          </span>
          <span class="tag">#{incident.number}</span>
        </div>
        <p>
          {translate("severityIs", { s: severityWords(incident.severity) })} · {incidentStateWords(incident.state)}
          {incident.verdict ? ` · ${incidentStateWords(incident.verdict)}` : ""}
        </p>
        <p id="certainty" data-certainty={incident.certainty}>
          {certaintyWords(incident.certainty)} · {translate("independent", { n: number(incident.sources) })}
        </p>
        <p class="small soft">
          {translate("began", { t: ago(incident.began_at, now.value) })}
          {incident.over_at ? ` · ${translate("over", { t: ago(incident.over_at, now.value) })}` : ""}
        </p>
        {incident.place.coarse ? <p class="small soft">{translate("coarse")}</p> : null}
      </div>
      {incident.state === "open" ? (
        <MeToo incidentId={incident.id} number={incident.number} category={incident.category} />
      ) : null}
      {isReportedDone(incident) ? <ReportAgain incident={incident} /> : null}
      {incident.task_id ? <Work taskId={incident.task_id} /> : <p class="soft">{translate("noTask")}</p>}
      <section class="stack tight">
        <h2>{translate("why")}</h2>
        <p class="small soft">{translate("whyText")}</p>
        <ul class="list" id="ledger">
          {members.map((one, index) => (
            <MemberLine key={one.signal_id ?? index} member={one} />
          ))}
        </ul>
        {remarks.length > 0 ? <h3>{translate("against")}</h3> : null}
        {remarks.map((one) => (
          <p key={one.kind + one.began_at} class="small">
            {one.note || one.kind.replaceAll("_", " ")} · {ago(one.began_at, now.value)}
          </p>
        ))}
      </section>
    </Page>
  );
}

/** Whoever decides about incidents also sees how much each source adds as a number. */
const isJudge = (): boolean => ["operator", "leader", "admin"].includes(role.value ?? "");

const isReportedDone = ({ state, task_state }: Schemas["Incident"]): boolean =>
  state === "closed" || task_state === "resolved" || task_state === "verified";

/** Whoever passes by may contradict: with a report of one's own, which counts as evidence like any other. */
function ReportAgain({ incident }: { incident: Schemas["Incident"] }): VNode {
  return (
    <a class="button big wide" href={`/report?kind=${incident.category}&number=${incident.number}`}>
      <Icon name="report" />
      {translate("reportAgain")}
    </a>
  );
}

export function MemberLine({ member }: { member: Member }): VNode {
  const name =
    member.source_kind === "citizen"
      ? sourceWords("citizen")
      : `${sourceWords(member.source_kind)} ${member.source_name ?? member.source_id ?? ""}`;
  const remark = member.removed ? translate("removed") : member.counted ? "" : translate("repeats");
  return (
    <li class="card">
      <div class="row nofold apart">
        <span class="row nofold">
          <Icon name={member.source_kind} />
          <span>
            <span class="strong">{name}</span>
            <br />
            <span class="small soft">
              {ago(member.observed_at, now.value)}
              {member.source_kind === "citizen" && member.grade ? ` · ${gradeWords(member.grade)}` : ""}
              {remark ? ` · ${remark}` : ""}
            </span>
          </span>
        </span>
        <span class="nowrap">
          {strengthWords(member.weight)}
          {isJudge() ? <span class="small soft figures"> {percent(member.weight)}</span> : null}
        </span>
      </div>
      {member.note ? <p>{member.note}</p> : null}
      {member.evidence_images.length > 0 ? (
        <div class="photos">
          {member.evidence_images.map((one) => (
            <img key={one.url} src={one.url} alt={name} loading="lazy" />
          ))}
        </div>
      ) : null}
      <Clips clips={member.clips} />
    </li>
  );
}

function Work({ taskId }: { taskId: string }): VNode {
  const changedAt = city.task.value.get(taskId)?.updated_at;
  useCity(...(role.value ? (["task"] as const) : []));
  const task = useLoad(
    () => request(api.GET("/api/v1/tasks/{task_id}", { params: { path: { task_id: taskId } } })),
    [taskId, changedAt],
  );
  return (
    <Shown of={task}>
      {({ task: one, moves, pair }) => (
        <section class="card">
          <h2>{translate("work")}</h2>
          <Facts
            rows={[
              [translate("state"), taskStateWords(one.state)],
              [translate("agency"), one.agency_name],
              [translate("deadline"), <TaskDeadline key="clock" task={one} />],
            ]}
          />
          <Grade completion={one.completion} />
          <Pair pair={pair} />
          <details>
            <summary>{translate("history")}</summary>
            <ul class="list">
              {moves.map((move) => (
                <li key={move.at + move.verb}>
                  {verbWords(move.verb)} <span class="small soft">{dateAndTime(move.at)}</span>
                </li>
              ))}
            </ul>
          </details>
        </section>
      )}
    </Shown>
  );
}
