// A citizen's own report, by its secret link: how it goes, what was told, before and after, and a last word.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, ask, fetchJson, type Schemas } from "../api/client";
import { useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Facts, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { language } from "../words/language";
import { dateAndClock } from "../words/say";
import { Pair } from "./IncidentPage";
import { say } from "./words";

type Followed = Schemas["ReportStatus"];

export function FollowPage(): VNode {
  const secret = useRoute().params.secret ?? "";
  const report = useLoad(
    () => ask(api.GET("/api/v1/reports/{secret}", { params: { path: { secret }, query: { lang: language.value } } })),
    [secret, language.value],
  );
  return (
    <Page title={say("yourReport")} width="narrow">
      <Shown of={report}>{(found) => <Told report={found} secret={secret} again={report.again} />}</Shown>
    </Page>
  );
}

function Told({ report, secret, again }: { report: Followed; secret: string; again: () => void }): VNode {
  return (
    <>
      <div class="card">
        <p class="large">{report.message}</p>
        <Facts
          rows={[
            [say("kind"), report.category_name],
            [say("words"), report.text],
            [say("area"), report.area_name],
            [say("received"), dateAndClock(report.received_at)],
            [say("photos"), report.photos > 0 ? String(report.photos) : null],
            [say("agency"), report.agency_name],
          ]}
        />
        {report.incident_id ? <a href={`/incidents/${report.incident_id}`}>{say("showIncident")}</a> : null}
      </div>
      {report.task_id ? <BeforeAfter taskId={report.task_id} updatedAt={report.updated_at} /> : null}
      {report.stage === "resolved" ? <LastWord secret={secret} again={again} /> : null}
      {report.messages && report.messages.length > 0 ? (
        <section class="card">
          <h2>{say("told")}</h2>
          <ul class="list">
            {report.messages.map((one) => (
              <li key={one.at}>
                {one.text} <span class="small soft">{dateAndClock(one.at)}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <Forget secret={secret} again={again} />
    </>
  );
}

function BeforeAfter({ taskId, updatedAt }: { taskId: string; updatedAt: string | null }): VNode | null {
  const task = useLoad(
    () => ask(api.GET("/api/v1/tasks/{task_id}", { params: { path: { task_id: taskId } } })),
    [taskId, updatedAt],
  );
  const pair = task.data?.pair;
  if (!pair) return null;
  return <Pair before={pair.before ?? []} after={pair.after ?? []} />;
}

function LastWord({ secret, again }: { secret: string; again: () => void }): VNode {
  const [isSaid, setSaid] = useState(false);
  const [busy, tell] = useAction(async (fixed: boolean) => {
    const form = new FormData();
    form.set("fixed", String(fixed));
    await fetchJson(`/api/v1/reports/${encodeURIComponent(secret)}/answer`, { method: "POST", body: form });
    setSaid(true);
    again();
  });
  if (isSaid) return <Banner kind="good">{say("answered")}</Banner>;
  return (
    <section class="card">
      <h2>{say("isFixed")}</h2>
      <div class="row">
        <button type="button" class="button big grow" disabled={busy} onClick={() => tell(true)}>
          <Icon name="check" />
          {say("fixed")}
        </button>
        <button type="button" class="button big grow danger" disabled={busy} onClick={() => tell(false)}>
          <Icon name="close" />
          {say("notFixed")}
        </button>
      </div>
    </section>
  );
}

function Forget({ secret, again }: { secret: string; again: () => void }): VNode {
  const [busy, forget] = useAction(async () => {
    await ask(api.DELETE("/api/v1/reports/{secret}/personal", { params: { path: { secret } } }));
    toast(say("forgotten"), "good");
    again();
  });
  return (
    <button type="button" class="button danger" disabled={busy} onClick={() => forget()}>
      {say("forgetMe")}
    </button>
  );
}
