// An incident and a camera as they were at a past minute: what is stored of them, and nothing to press.

import type { VNode } from "preact";
import { city, type Incident, type Task } from "../../live/city";
import { Empty, Facts } from "../../parts/layout";
import { TaskDeadline } from "../../parts/task";
import { now } from "../../shell/now";
import {
  categoryWords,
  certaintyWords,
  translate as field,
  incidentStateWords,
  severityWords,
  sourceWords,
  taskStateWords,
} from "../../words/field";
import { ago, number, percent, timeOfDay } from "../../words/format";
import { Seeing } from "../SnapshotView";
import { translate as control } from "../words";
import { isUnknownThen, replay } from "./replay";
import { translate } from "./words";

export function PastIncident({ id }: { id: string }): VNode {
  const incident = city.incident.value.get(id);
  if (!incident) return <Empty>{translate(isUnknownThen("incident") ? "unknown" : "notOpenThen")}</Empty>;
  const task = incident.task_id ? city.task.value.get(incident.task_id) : undefined;
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
        <p class="small">
          {certaintyThen(incident)} · {control("independent", { n: number(incident.sources) })}
        </p>
        <p class="small soft">{control("reportedBy", { who: incident.source_kinds.map(sourceWords).join(", ") })}</p>
      </header>
      <TaskThen incident={incident} task={task} />
      <p class="small soft">
        {translate("noDeeds")} <a href={`/incidents/${incident.id}`}>{control("full")}</a>
      </p>
    </div>
  );
}

/** The API says null where it is not stored. */
const certaintyThen = ({ certainty }: { certainty: string | null }): string =>
  certainty === null ? translate("certaintyUnknown") : certaintyWords(certainty);

function TaskThen({ incident, task }: { incident: Incident; task: Task | undefined }): VNode {
  if (!incident.task_id) return <p class="soft">{control("noTask")}</p>;
  return (
    <section class="card" id="task">
      <h3>{control("work", { n: incident.task_number ?? "" })}</h3>
      <Facts
        rows={[
          [control("state"), taskStateWords(incident.task_state)],
          [control("agency"), task?.agency_name ?? null],
          [control("assignee"), task?.assignee_name ?? null],
          [control("deadline"), task ? <TaskDeadline key="clock" task={task} /> : null],
        ]}
      />
    </section>
  );
}

export function PastCamera({ id }: { id: string }): VNode {
  const camera = city.camera.value.get(id);
  if (!camera) return <Empty>{translate("unknown")}</Empty>;
  const name = camera.name || camera.id;
  return (
    <div class="stack" id="camera">
      <header class="stack tight">
        <h2>{name}</h2>
        <p class="small">
          {camera.area_name ?? ""} · <Seeing camera={camera} />
        </p>
      </header>
      <PastImage id={id} name={name} />
    </div>
  );
}

/** The newest evidence of the hour before: views of then are not kept. */
export function PastImage({ id, name }: { id: string; name: string }): VNode {
  const then = replay.value?.state?.cameras?.find((one) => one.id === id);
  return (
    <figure class="snapshot">
      <div class="snapshot-frame">
        {then?.image_url ? (
          <img src={then.image_url} alt={control("snapshotOf", { name })} />
        ) : (
          <p class="snapshot-none">{translate("noImage")}</p>
        )}
      </div>
      {then?.image_captured_at ? (
        <figcaption class="small soft">{translate("imageAt", { t: timeOfDay(then.image_captured_at) })}</figcaption>
      ) : null}
    </figure>
  );
}
