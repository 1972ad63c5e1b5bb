// The lists beside the queue: gauges by stage, tasks by their clocks, and where the city is not seen.

import type { VNode } from "preact";
import { city } from "../live/city";
import { stageOf } from "../live/reading";
import { GaugeCard } from "../parts/gauge";
import { Empty } from "../parts/layout";
import { Table } from "../parts/table";
import { TaskClock } from "../parts/task";
import { now } from "../shell/now";
import { categoryWords, say as field, taskStateWords } from "../words/field";
import { ago, number } from "../words/say";
import { blindOnes, cutOff, runningTasks } from "./queue";
import { say } from "./words";

const MOST = 200;

/** Worst first; unknown ones stand after Siaga 3, because silence may hide anything. */
export function GaugeList(): VNode {
  const rank = (stage: number): number => (stage === 0 ? 3.5 : stage);
  const gauges = [...city.gauge.value.values()].sort(
    (a, b) => rank(stageOf(a)) - rank(stageOf(b)) || a.name.localeCompare(b.name),
  );
  return (
    <div class="stack tight">
      {gauges.slice(0, MOST).map((one) => (
        <GaugeCard key={one.id} gauge={one} />
      ))}
    </div>
  );
}

export function TaskTable({ choose }: { choose: (incidentId: string) => void }): VNode {
  const tasks = runningTasks(city.task.value.values(), now.value).slice(0, MOST);
  if (tasks.length === 0) return <Empty>{say("noTasks")}</Empty>;
  return (
    <Table
      caption={say("tasks")}
      rows={tasks}
      keyOf={(one) => one.id}
      columns={[
        {
          id: "number",
          head: say("number"),
          cell: (one) => (
            <button type="button" class="button plain" onClick={() => choose(one.incident_id)}>
              #{one.number}
            </button>
          ),
          sortBy: (one) => one.number,
        },
        {
          id: "kind",
          head: say("kind"),
          cell: (one) => (
            <>
              {categoryWords(one.category)}
              <br />
              <span class="small soft">{one.area_name ?? ""}</span>
            </>
          ),
          sortBy: (one) => categoryWords(one.category),
        },
        {
          id: "state",
          head: say("state"),
          cell: (one) => (
            <>
              {taskStateWords(one.state)}
              <br />
              <span class="small">
                <TaskClock task={one} />
              </span>
            </>
          ),
          sortBy: (one) => one.resolve.due_at,
        },
      ]}
    />
  );
}

export function Coverage(): VNode {
  const blind = blindOnes(city.camera.value.values()).slice(0, MOST);
  const nodes = [...city.node.value.values()];
  const cut = new Set(cutOff(nodes).map((one) => one.id));
  const shown = nodes.sort((a, b) => Number(cut.has(b.id)) - Number(cut.has(a.id)) || a.id.localeCompare(b.id));
  return (
    <div class="stack">
      {blind.length === 0 ? <Empty>{say("noneBlind")}</Empty> : null}
      <ul class="list">
        {blind.map((one) => (
          <li key={one.id} class="card edge edge-0">
            <span class="strong">{one.name}</span>
            <span class="warn">{field("unknownSince", { t: ago(one.unknown_since ?? "", now.value) })}</span>
          </li>
        ))}
      </ul>
      <Table
        caption={say("box")}
        rows={shown.slice(0, MOST)}
        keyOf={(one) => one.id}
        columns={[
          { id: "id", head: say("box"), cell: (one) => one.name ?? one.id, sortBy: (one) => one.name ?? one.id },
          {
            id: "heard",
            head: say("heard"),
            cell: (one) => (
              <span class={cut.has(one.id) ? "warn" : ""}>
                {one.last_seen_at ? ago(one.last_seen_at, now.value) : field("noData")}
              </span>
            ),
            sortBy: (one) => one.last_seen_at ?? "",
          },
          {
            id: "missing",
            head: say("missing"),
            isNumber: true,
            cell: (one) => number(one.missing),
            sortBy: (one) => one.missing,
          },
        ]}
      />
    </div>
  );
}
