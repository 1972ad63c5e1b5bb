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
import { dateAndTime, timeOfDay } from "../words/format";
import { language } from "../words/language";
import { Grade } from "./Grade";
import { Pair } from "./Pair";
import { depthWords } from "./report/depth";
import { progressOf } from "./report/progress";
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
  const { task_id: taskId } = report;
  const task = useLoad(
    async () =>
      taskId ? request(api.GET("/api/v1/tasks/{task_id}", { params: { path: { task_id: taskId } } })) : null,
    [taskId, report.updated_at],
  );
  return (
    <>
      <div class="card">
        {report.completion ? (
          <Grade completion={report.completion} words={report.message} />
        ) : (
          <p class="large">{report.message}</p>
        )}
        <Progress report={report} moves={task.data?.moves ?? []} />
        <Facts
          rows={[
            [translate("kind"), report.category_name],
            [translate("waterDepth"), report.depth_cm ? depthWords(report.depth_cm) : null],
            [translate("words"), report.text],
            [translate("area"), report.area_name],
            [translate("received"), dateAndTime(report.received_at)],
            [translate("photos"), report.photos > 0 ? String(report.photos) : null],
            [translate("agency"), report.agency_name],
          ]}
        />
        {report.incident_id ? <a href={`/incidents/${report.incident_id}`}>{translate("showIncident")}</a> : null}
      </div>
      <Pair pair={task.data?.pair} />
      <OwnPhotos photos={others(report.images ?? [], task.data?.pair)} />
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

/** The way of the report, with the times that are known. */
function Progress({
  report,
  moves,
}: {
  report: Followed;
  moves: readonly Schemas["TaskHistoryEntry"][];
}): VNode | null {
  const line = progressOf(report.stage, report.completion?.grade ?? null, report.received_at, moves);
  if (line.length === 0) return null;
  return (
    <ol class="progress" id="progress" aria-label={translate("progress")}>
      {line.map(({ milestone, state, at }) => (
        <li key={milestone} data-state={state} aria-current={state === "now" ? "step" : undefined}>
          <span class={state === "ahead" ? "soft" : "strong"}>{translate(`at_${milestone}`)}</span>
          {at ? (
            <time class="small soft" dateTime={at} title={dateAndTime(at)}>
              {timeOfDay(at)} {Date.parse(at) < Date.parse(report.received_at) ? translate("beforeReport") : null}
            </time>
          ) : null}
        </li>
      ))}
    </ol>
  );
}

/** The reporter's photos that the pair does not show or count already. */
function others(
  photos: readonly Schemas["ReportPhoto"][],
  pair: Schemas["ProofPair"] | undefined,
): readonly Schemas["ReportPhoto"][] {
  const shown = new Set([pair?.before?.[0]?.url, pair?.after?.[0]?.url]);
  return photos.filter((one) => (one.url ? !shown.has(one.url) : pair === undefined));
}

/** The reporter's own photos, as everybody will see them. */
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
