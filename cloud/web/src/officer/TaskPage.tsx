// One task in the officer's hand: where, what is known, and the one thing to do next as the biggest button.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, request, type Schemas } from "../api/client";
import { detourAddress } from "../detour/address";
import { translate as detourWords } from "../detour/words";
import { city, loaded, type Task, useCity } from "../live/city";
import { CityMap } from "../map/CityMap";
import { failureWords } from "../parts/failure";
import { AreaField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Facts, Loading, Page } from "../parts/layout";
import { type Loaded, useLoad } from "../parts/load";
import { TaskDeadline } from "../parts/task";
import { toast } from "../parts/toasts";
import { ASSET_CHECK, AssetOfTask } from "../public/assets/AssetOfTask";
import { MemberLine } from "../public/IncidentPage";
import { here } from "../queue/place";
import { queued, sentTimes } from "../queue/queue";
import { categoryWords, translate as field, severityWords, taskStateWords, verbWords } from "../words/field";
import { dateAndTime, metres } from "../words/format";
import { either } from "../words/language";
import { Actions } from "./Actions";
import { Waiting } from "./Waiting";
import { translate } from "./words";
import { awayOf, check, newer, note, type Seen, seen, unsentChecks } from "./work";

export function TaskPage(): VNode {
  useCity("task");
  const id = useRoute().params.id ?? "";
  const task = city.task.value.get(id);
  const path = { params: { path: { task_id: id } } };
  const key = [id, task?.updated_at, sentTimes.value];
  const detail = useLoad(() => request(api.GET("/api/v1/tasks/{task_id}", path)), key);
  const sheet = useLoad(() => request(api.GET("/api/v1/tasks/{task_id}/work", path)), key);
  const shown = detail.data?.task.id === id ? detail.data : null;
  const held = newer(shown?.task, task);
  if (!held) return loaded.value.has("task") && detail.error ? <Missing /> : <Loading />;
  return <Work seen={seen(held, queued.value)} moves={shown?.moves ?? []} sheet={sheet} />;
}

/** Gone, of others, or never seen by this phone while it has no signal. */
function Missing(): VNode {
  return (
    <Page title={translate("title")} width="narrow">
      <Waiting />
      <Banner kind="warn" icon="warning">
        <p>{translate("noSuchTask")}</p>
        <p>
          <a href="/officer">{translate("toMine")}</a>
        </p>
      </Banner>
    </Page>
  );
}

interface WorkProps {
  readonly seen: Seen;
  readonly moves: readonly Schemas["TaskHistoryEntry"][];
  readonly sheet: Loaded<Schemas["TaskWork"]>;
}

function Work({ seen: one, moves, sheet }: WorkProps): VNode {
  const { task, state } = one;
  return (
    <Page
      title={`${categoryWords(task.category)} · ${task.area_name ?? ""}`}
      width="narrow"
      tools={
        <a class="button plain" href="/officer">
          <Icon name="back" />
          {translate("title")}
        </a>
      }
    >
      <Waiting />
      <div class={`card edge ${task.severity === "severe" ? "edge-1" : "edge-3"}`}>
        <p class="row apart">
          <span class="large first-upper" id="task-state" role="status">
            {taskStateWords(state)}
          </span>
          <span class="tag">{translate("task", { n: task.number })}</span>
        </p>
        <p class="row nofold large">
          <Icon name="clock" />
          <TaskDeadline task={task} />
        </p>
        <p class="soft">{translate("severity", { s: severityWords(task.severity) })}</p>
      </div>
      <Route task={task} />
      <TaskMap task={task} />
      <Actions seen={one} />
      {task.category === ASSET_CHECK && task.place ? <AssetOfTask lat={task.place.lat} lon={task.place.lon} /> : null}
      <Checklist sheet={sheet} task={task} />
      <Known incidentId={task.incident_id} />
      <NoteField task={task} />
      <details class="card">
        <summary>{translate("history")}</summary>
        <Facts
          rows={moves.map((step) => [verbWords(step.verb), `${dateAndTime(step.at)} ${step.note ?? ""}`] as const)}
        />
      </details>
    </Page>
  );
}

/** Our own map, which the phone can store for times without a signal; fetched when it is opened. */
function TaskMap({ task }: { task: Task }): VNode | null {
  const [isOpen, setOpen] = useState(false);
  const { place } = task;
  if (!place) return null;
  return (
    <details class="card" id="task-map" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{translate("taskMap")}</summary>
      {isOpen ? (
        <div class="report-map">
          <CityMap marked={place} look={place} />
        </div>
      ) : null}
    </details>
  );
}

/** Opens whatever map the phone has, or ours with a way around the floods that the city knows of. */
function Route({ task }: { task: Task }): VNode | null {
  const { place } = task;
  if (!place) return null;
  const spot = `${place.lat},${place.lon}`;
  const name = `${translate("task", { n: task.number })} · ${categoryWords(task.category)}`;
  return (
    <>
      <a class="button big wide" href={`geo:${spot}?q=${spot}`} id="way">
        <Icon name="route" />
        {translate("route")}
        {here.value ? <span class="away">{translate("away", { d: metres(awayOf(task, here.value)) })}</span> : null}
      </a>
      <a class="button wide" href={detourAddress({ ...place, name })} id="detour-link">
        <Icon name="flooding" />
        {detourWords("find")}
      </a>
    </>
  );
}

function Checklist({ sheet, task }: { sheet: Loaded<Schemas["TaskWork"]>; task: Task }): VNode | null {
  const [ticked, setTicked] = useState<ReadonlyMap<string, boolean>>(new Map());
  const saveChecked = (item: string, done: boolean): void => {
    setTicked(new Map([...ticked, [item, done]]));
    check(task, item, done).catch((error: unknown) => {
      setTicked(new Map([...ticked].filter(([one]) => one !== item)));
      toast(failureWords(error), "bad");
    });
  };
  const held = sheet.data;
  if (!held || held.checklist.length === 0) return null;
  const unsent = unsentChecks(task, queued.value);
  const guide = either(held.text_id, held.text_en);
  return (
    <section class="card">
      <h2>{translate("checklist")}</h2>
      {guide ? <p>{guide}</p> : null}
      {held.checklist.map((item) => (
        <label key={item.id} class="switch">
          <input
            type="checkbox"
            checked={ticked.get(item.id) ?? unsent.get(item.id) ?? item.done_at !== null}
            onChange={(event) => saveChecked(item.id, event.currentTarget.checked)}
          />
          {either(item.text_id, item.text_en)}
        </label>
      ))}
    </section>
  );
}

function Known({ incidentId }: { incidentId: string }): VNode {
  const detail = useLoad(
    () => request(api.GET("/api/v1/incidents/{incident_id}", { params: { path: { incident_id: incidentId } } })),
    [incidentId],
  );
  return (
    <section class="stack tight">
      <h2>{translate("why")}</h2>
      {detail.error && !detail.data ? <p class="soft">{field("needsSignal")}</p> : null}
      <ul class="list">
        {(detail.data?.members ?? []).map((member, index) => (
          <MemberLine key={member.signal_id ?? index} member={member} />
        ))}
      </ul>
      <p>
        <a href={`/incidents/${incidentId}`}>{translate("openIncident")}</a>
      </p>
    </section>
  );
}

function NoteField({ task }: { task: Task }): VNode {
  const [words, setWords] = useState("");
  const [busy, save] = useAction(async () => {
    await note(task, words.trim());
    setWords("");
    toast(translate("noteSaved"), "good");
  });
  return (
    <section class="card">
      <AreaField label={translate("note")} value={words} onValue={setWords} maxLength={2000} />
      <button type="button" class="button" disabled={busy || words.trim() === ""} onClick={() => save()}>
        {field("save")}
      </button>
    </section>
  );
}
