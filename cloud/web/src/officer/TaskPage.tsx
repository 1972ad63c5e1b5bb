// One task in the officer's hand: where, what is known, and the one thing to do next as the biggest button.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation, useRoute } from "preact-iso";
import { api, ask, type Schemas } from "../api/client";
import { city, loaded, useCity } from "../live/city";
import { Dialog } from "../parts/dialog";
import { AreaField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Facts, Loading, Page } from "../parts/layout";
import { type Loaded, useLoad } from "../parts/load";
import { TaskClock } from "../parts/task";
import { toast } from "../parts/toasts";
import { MemberLine } from "../public/IncidentPage";
import { sendable } from "../queue/photo";
import { locate } from "../queue/place";
import { queued, sentTimes } from "../queue/queue";
import type { TaskVerb } from "../queue/store";
import { NotFound } from "../shell/NotFound";
import { categoryWords, say as field, severityWords, taskStateWords, verbWords } from "../words/field";
import { either } from "../words/language";
import { dateAndClock } from "../words/say";
import { Waiting } from "./Waiting";
import { say } from "./words";
import { attach, move, note, photoOf, type Seen, seen } from "./work";

export function TaskPage(): VNode {
  useCity("task");
  const id = useRoute().params.id ?? "";
  const task = city.task.value.get(id);
  const path = { params: { path: { task_id: id } } };
  const key = [id, task?.updated_at, sentTimes.value];
  const detail = useLoad(() => ask(api.GET("/api/v1/tasks/{task_id}", path)), key);
  const sheet = useLoad(() => ask(api.GET("/api/v1/tasks/{task_id}/work", path)), key);
  const held = detail.data?.task ?? task;
  if (!held) return loaded.value.has("task") && detail.error ? <NotFound /> : <Loading />;
  return <Work seen={seen(held, queued.value)} moves={detail.data?.moves ?? []} sheet={sheet} />;
}

interface WorkProps {
  readonly seen: Seen;
  readonly moves: readonly Schemas["MoveForm"][];
  readonly sheet: Loaded<Schemas["WorkSheet"]>;
}

function Work({ seen: one, moves, sheet }: WorkProps): VNode {
  const { task, state } = one;
  return (
    <Page title={`${categoryWords(task.category)} · ${task.area_name ?? ""}`} width="narrow">
      <Waiting />
      <div class={`card edge ${task.severity === "severe" ? "edge-1" : "edge-3"}`}>
        <p class="row apart">
          <span class="large" id="task-state">
            {taskStateWords(state)}
          </span>
          <span class="tag">{say("task", { n: task.number })}</span>
        </p>
        <p>{severityWords(task.severity)}</p>
        <TaskClock task={task} />
      </div>
      <Actions seen={one} />
      <Route seen={one} />
      <Checklist sheet={sheet} taskId={task.id} />
      <Known incidentId={task.incident_id} />
      <NoteField seen={one} />
      <details class="card">
        <summary>{say("history")}</summary>
        <Facts
          rows={moves.map((step) => [verbWords(step.verb), `${dateAndClock(step.at)} ${step.note ?? ""}`] as const)}
        />
      </details>
    </Page>
  );
}

function Actions({ seen: one }: { seen: Seen }): VNode {
  const { task, verbs, state } = one;
  const { route } = useLocation();
  const [asked, setAsked] = useState<"decline" | "pause" | null>(null);
  const [busy, run] = useAction(async (verb: TaskVerb, words: string) => {
    await move(task, verb, { note: words });
    setAsked(null);
    if (verb === "decline") route("/officer");
  });
  const [leaving, leave] = useAction(async () => {
    await note(task, say("onMyWayNote"));
    toast(say("noteSaved"), "good");
  });
  const has = (verb: TaskVerb): boolean => verbs.includes(verb);
  const big = (verb: TaskVerb, icon: string): VNode => (
    <button type="button" class="button main big wide" disabled={busy} onClick={() => run(verb, "")}>
      <Icon name={icon} />
      {say(verb)}
    </button>
  );
  return (
    <section class="stack" aria-label={say("doNow")}>
      {has("accept") ? big("accept", "check") : null}
      {has("resume") ? big("resume", "next") : null}
      {has("arrive") ? (
        <>
          {big("arrive", "place")}
          <button type="button" class="button big wide" disabled={leaving} onClick={() => leave()}>
            <Icon name="route" />
            {say("onMyWay")}
          </button>
        </>
      ) : null}
      {has("resolve") ? <Photos seen={one} isMain={state === "on_site"} /> : null}
      <div class="row">
        {has("pause") ? (
          <button type="button" class="button grow" onClick={() => setAsked("pause")}>
            {say("pause")}
          </button>
        ) : null}
        {has("decline") ? (
          <button type="button" class="button danger grow" onClick={() => setAsked("decline")}>
            {say("decline")}
          </button>
        ) : null}
      </div>
      {state === "resolved" || state === "verified" ? (
        <Banner kind="good" icon="check">
          {say("handled")}
        </Banner>
      ) : null}
      {asked ? (
        <Reason verb={asked} busy={busy} onClose={() => setAsked(null)} tell={(words) => run(asked, words)} />
      ) : null}
    </section>
  );
}

function Reason(props: {
  verb: "decline" | "pause";
  busy: boolean;
  onClose: () => void;
  tell: (words: string) => void;
}): VNode {
  const { verb, busy, onClose, tell } = props;
  const [words, setWords] = useState("");
  return (
    <Dialog title={say(verb === "decline" ? "reasonDecline" : "reasonPause")} onClose={onClose}>
      <AreaField label={say("reason")} value={words} onValue={setWords} />
      <button
        type="button"
        class="button main big wide"
        disabled={busy || words.trim() === ""}
        onClick={() => tell(words.trim())}
      >
        {field("send")}
      </button>
    </Dialog>
  );
}

function Photos({ seen: one, isMain }: { seen: Seen; isMain: boolean }): VNode {
  const { task } = one;
  const [busy, take] = useAction(async (what: "before" | "after", file: File) => {
    const [picture, at] = await Promise.all([sendable(file), locate()]);
    const photo = photoOf(picture, at);
    if (what === "before") await attach(task, photo);
    else await move(task, "resolve", { photo });
    toast(say("photoKept"), "good");
  });
  return (
    <>
      <Shutter words={say("photoAfter")} isMain={isMain} busy={busy} onFile={(file) => take("after", file)} />
      <p class="small soft">{say("photoAfterHint")}</p>
      <Shutter words={say("photoBefore")} isMain={false} busy={busy} onFile={(file) => take("before", file)} />
    </>
  );
}

function Shutter(props: { words: string; isMain: boolean; busy: boolean; onFile: (file: File) => void }): VNode {
  return (
    <label class={`button big wide file${props.isMain ? " main" : ""}`}>
      <Icon name="photo" />
      {props.words}
      <input
        type="file"
        accept="image/*"
        capture="environment"
        disabled={props.busy}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) props.onFile(file);
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}

/** Opens whatever map the phone has; nothing of ours is sent anywhere. */
function Route({ seen: one }: { seen: Seen }): VNode | null {
  const place = one.task.place;
  if (!place) return null;
  const spot = `${place.lat},${place.lon}`;
  return (
    <a class="button big wide" href={`geo:${spot}?q=${spot}`}>
      <Icon name="route" />
      {say("route")}
    </a>
  );
}

function Checklist({ sheet, taskId }: { sheet: Loaded<Schemas["WorkSheet"]>; taskId: string }): VNode | null {
  const [busy, tick] = useAction(async (item: string, done: boolean) => {
    await ask(
      api.PUT("/api/v1/tasks/{task_id}/checks/{item}", { params: { path: { task_id: taskId, item } }, body: { done } }),
    );
    sheet.again();
  });
  const held = sheet.data;
  if (!held || held.checklist.length === 0) return null;
  return (
    <section class="card">
      <h2>{either(held.text_id, held.text_en) || say("checklist")}</h2>
      {held.checklist.map((item) => (
        <label key={item.id} class="switch">
          <input
            type="checkbox"
            checked={item.done_at !== null}
            disabled={busy}
            onChange={(event) => tick(item.id, event.currentTarget.checked)}
          />
          {either(item.text_id, item.text_en)}
        </label>
      ))}
    </section>
  );
}

function Known({ incidentId }: { incidentId: string }): VNode {
  const detail = useLoad(
    () => ask(api.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: incidentId } } })),
    [incidentId],
  );
  return (
    <section class="stack tight">
      <h2>{say("why")}</h2>
      <ul class="list">
        {(detail.data?.members ?? []).map((member, index) => (
          <MemberLine key={member.signal_id ?? index} member={member} />
        ))}
      </ul>
      <p>
        <a href={`/incidents/${incidentId}`}>{say("openIncident")}</a>
      </p>
    </section>
  );
}

function NoteField({ seen: one }: { seen: Seen }): VNode {
  const [words, setWords] = useState("");
  const [busy, keep] = useAction(async () => {
    await note(one.task, words.trim());
    setWords("");
    toast(say("noteSaved"), "good");
  });
  return (
    <section class="card">
      <AreaField label={say("note")} value={words} onValue={setWords} maxLength={2000} />
      <button type="button" class="button" disabled={busy || words.trim() === ""} onClick={() => keep()}>
        {field("save")}
      </button>
    </section>
  );
}
