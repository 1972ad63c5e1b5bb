// A citizen's own report, by its secret link: how it goes, what the reporter was sent, before and after, and a last word.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, fetchJson, request, type Schemas } from "../api/client";
import { useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Facts, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { dateAndTime } from "../words/format";
import { language } from "../words/language";
import { Grade } from "./Grade";
import { Pair } from "./Pair";
import { translate } from "./words";

type Followed = Schemas["ReportStatus"];

export function FollowPage(): VNode {
  const secret = useRoute().params.secret ?? "";
  const report = useLoad(
    () =>
      request(api.GET("/api/v1/reports/{secret}", { params: { path: { secret }, query: { lang: language.value } } })),
    [secret, language.value],
  );
  return (
    <Page title={translate("yourReport")} width="narrow">
      <Shown of={report}>{(found) => <Content report={found} secret={secret} again={report.again} />}</Shown>
    </Page>
  );
}

function Content({ report, secret, again }: { report: Followed; secret: string; again: () => void }): VNode {
  return (
    <>
      <div class="card">
        {report.completion ? (
          <Grade completion={report.completion} words={report.message} />
        ) : (
          <p class="large">{report.message}</p>
        )}
        <Facts
          rows={[
            [translate("kind"), report.category_name],
            [translate("words"), report.text],
            [translate("area"), report.area_name],
            [translate("received"), dateAndTime(report.received_at)],
            [translate("photos"), report.photos > 0 ? String(report.photos) : null],
            [translate("agency"), report.agency_name],
          ]}
        />
        {report.incident_id ? <a href={`/incidents/${report.incident_id}`}>{translate("showIncident")}</a> : null}
      </div>
      {report.task_id ? (
        <BeforeAfter taskId={report.task_id} updatedAt={report.updated_at} />
      ) : (
        <OwnPhotos photos={report.images ?? []} />
      )}
      {report.stage === "resolved" && report.completion?.grade === "reported_done" ? (
        <LastWord secret={secret} again={again} />
      ) : null}
      {report.messages && report.messages.length > 0 ? (
        <section class="card">
          <h2>{translate("messages")}</h2>
          <ul class="list">
            {report.messages.map((one) => (
              <li key={one.at}>
                {one.text} <span class="small soft">{dateAndTime(one.at)}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <p>
        <a href={`/api/v1/reports/${encodeURIComponent(secret)}/personal`} download="siaga.json">
          {translate("downloadMine")}
        </a>
      </p>
      <Forget secret={secret} again={again} />
    </>
  );
}

function BeforeAfter({ taskId, updatedAt }: { taskId: string; updatedAt: string | null }): VNode | null {
  const task = useLoad(
    () => request(api.GET("/api/v1/tasks/{task_id}", { params: { path: { task_id: taskId } } })),
    [taskId, updatedAt],
  );
  return <Pair pair={task.data?.pair} />;
}

/** Until there is work to show: the reporter's own photos, as everybody will see them. */
function OwnPhotos({ photos }: { photos: readonly Schemas["ReportPhoto"][] }): VNode | null {
  if (photos.length === 0) return null;
  const [waiting, hidden] = ["waiting", "failed"].map(
    (state) => photos.filter((one) => one.redaction === state).length,
  );
  return (
    <section class="stack tight" id="photos">
      {photos.map((one) =>
        one.url ? (
          <figure key={one.url}>
            <img src={one.url} alt={translate("yourPhoto", { t: dateAndTime(one.received_at) })} loading="lazy" />
            <figcaption class="small">{translate("yourPhoto", { t: dateAndTime(one.received_at) })}</figcaption>
          </figure>
        ) : null,
      )}
      {photos.some((one) => one.url) ? <p class="small soft">{translate("redacted")}</p> : null}
      {waiting ? <p class="small soft">{translate("redactionWaits", { n: waiting })}</p> : null}
      {hidden ? <p class="small soft">{translate("redactionFailed", { n: hidden })}</p> : null}
    </section>
  );
}

function LastWord({ secret, again }: { secret: string; again: () => void }): VNode {
  const [isAnswered, setAnswered] = useState(false);
  const [busy, sendAnswer] = useAction(async (fixed: boolean) => {
    const form = new FormData();
    form.set("fixed", String(fixed));
    await fetchJson(`/api/v1/reports/${encodeURIComponent(secret)}/answer`, { method: "POST", body: form });
    setAnswered(true);
    again();
  });
  if (isAnswered) return <Banner kind="good">{translate("answered")}</Banner>;
  return (
    <section class="card">
      <h2>{translate("isFixed")}</h2>
      <div class="row">
        <button type="button" class="button big grow" disabled={busy} onClick={() => sendAnswer(true)}>
          <Icon name="check" />
          {translate("fixed")}
        </button>
        <button type="button" class="button big grow danger" disabled={busy} onClick={() => sendAnswer(false)}>
          <Icon name="close" />
          {translate("notFixed")}
        </button>
      </div>
    </section>
  );
}

function Forget({ secret, again }: { secret: string; again: () => void }): VNode {
  const [busy, forget] = useAction(async () => {
    await request(api.DELETE("/api/v1/reports/{secret}/personal", { params: { path: { secret } } }));
    toast(translate("forgotten"), "good");
    again();
  });
  return (
    <button type="button" class="button danger" disabled={busy} onClick={() => forget()}>
      {translate("forgetMe")}
    </button>
  );
}
