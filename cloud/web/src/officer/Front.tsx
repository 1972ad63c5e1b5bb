// The officer's day: duty, what waits to be sent, my tasks and those that are free, by deadline or by distance.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { city, loadError, loaded, reloadCity, useCity } from "../live/city";
import { Icon } from "../parts/icons";
import { Empty, Failed, Loading, Page } from "../parts/layout";
import { TaskDeadline } from "../parts/task";
import { toast } from "../parts/toasts";
import { here, locate } from "../queue/place";
import { queued } from "../queue/queue";
import { who } from "../session/session";
import { categoryWords, taskStateWords } from "../words/field";
import { metres } from "../words/format";
import { DutySwitch } from "./duty";
import { Waiting } from "./Waiting";
import { translate } from "./words";
import { awayOf, byDeadline, byDistance, lists, type Seen } from "./work";

const MOST_FREE = 30;

export function Front(): VNode {
  useCity("task");
  const [isNear, setNear] = useState(false);
  const { mine, free } = lists(city.task.value.values(), queued.value, who.value?.user ?? "");
  const order = isNear && here.value ? byDistance(here.value) : byDeadline;
  const sortOtherwise = async (): Promise<void> => {
    const isFound = isNear || (await locate()) !== null;
    if (!isFound) toast(translate("noPlace"), "warn");
    setNear(!isNear && isFound);
  };
  return (
    <Page
      title={translate("title")}
      width="narrow"
      tools={
        mine.length + free.length > 1 ? (
          <button type="button" class="button" id="sort" onClick={() => void sortOtherwise()}>
            <Icon name={isNear ? "clock" : "place"} />
            {translate(isNear ? "byDeadline" : "byDistance")}
          </button>
        ) : null
      }
    >
      <Waiting />
      <DutySwitch />
      {loaded.value.has("task") ? (
        <TaskList seen={[...mine].sort(order)} empty={translate("noTasks")} id="mine" />
      ) : (
        <NotYet />
      )}
      {free.length > 0 ? <h2>{translate("free")}</h2> : null}
      <TaskList seen={[...free].sort(order).slice(0, MOST_FREE)} id="free" />
    </Page>
  );
}

/** Tasks are on their way, or cannot be had: then that is said, not that there are none. */
function NotYet(): VNode {
  const error = loadError.value;
  return error ? <Failed error={error} again={() => void reloadCity()} /> : <Loading />;
}

function TaskList({ seen, empty, id }: { seen: readonly Seen[]; empty?: string; id: string }): VNode | null {
  if (seen.length === 0) return empty ? <Empty>{empty}</Empty> : null;
  return (
    <ul class="list" id={id}>
      {seen.map((one) => (
        <li key={one.task.id}>
          <TaskCard seen={one} />
        </li>
      ))}
    </ul>
  );
}

function TaskCard({ seen }: { seen: Seen }): VNode {
  const { task, state, pending } = seen;
  const spot = here.value;
  const away = spot ? awayOf(task, spot) : Number.POSITIVE_INFINITY;
  return (
    <a class={`card edge ${task.severity === "severe" ? "edge-1" : "edge-3"}`} href={`/officer/tasks/${task.id}`}>
      <span class="row nofold">
        <Icon name={task.category} />
        <span class="grow">
          <span class="large">{categoryWords(task.category)}</span>
          <br />
          <span class="soft">
            {task.area_name} · #{task.number}
          </span>
        </span>
      </span>
      <span class="row apart">
        <span class="tag first-upper">{taskStateWords(state)}</span>
        {pending.length > 0 ? <span class="tag warn">{translate("notSent")}</span> : null}
        {Number.isFinite(away) ? (
          <span class="row nofold">
            <Icon name="place" />
            {translate("away", { d: metres(away) })}
          </span>
        ) : null}
      </span>
      <span class="row nofold strong">
        <Icon name="clock" />
        <TaskDeadline task={task} />
      </span>
    </a>
  );
}
