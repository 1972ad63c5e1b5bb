// The lists beside the queue: gauges by stage, and tasks by their deadlines.

import type { VNode } from "preact";
import { city } from "../live/city";
import { stageOf } from "../live/reading";
import { GaugeCard } from "../parts/gauge";
import { Empty } from "../parts/layout";
import { Table } from "../parts/table";
import { TaskDeadline } from "../parts/task";
import { now } from "../shell/now";
import { categoryWords, taskStateWords } from "../words/field";
import { runningTasks } from "./queue/queue";
import { translate } from "./words";

const MOST = 200;

/** Worst first; unknown ones stand after Siaga 3, because silence may hide anything. */
export function GaugeList({ choose }: { choose: (id: string) => void }): VNode {
  const rank = (stage: number): number => (stage === 0 ? 3.5 : stage);
  const gauges = [...city.gauge.value.values()].sort(
    (a, b) => rank(stageOf(a)) - rank(stageOf(b)) || a.name.localeCompare(b.name),
  );
  return (
    <div class="stack tight">
      {gauges.slice(0, MOST).map((one) => (
        <GaugeCard key={one.id} gauge={one} choose={choose} />
      ))}
    </div>
  );
}

export function TaskTable({ choose }: { choose: (incidentId: string) => void }): VNode {
  const tasks = runningTasks(city.task.value.values(), now.value).slice(0, MOST);
  if (tasks.length === 0) return <Empty>{translate("noTasks")}</Empty>;
  return (
    <Table
      caption={translate("tasks")}
      rows={tasks}
      keyOf={(one) => one.id}
      columns={[
        {
          id: "number",
          head: translate("number"),
          cell: (one) => (
            <button type="button" class="button plain" onClick={() => choose(one.incident_id)}>
              #{one.number}
            </button>
          ),
          sortBy: (one) => one.number,
        },
        {
          id: "kind",
          head: translate("kind"),
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
          head: translate("state"),
          cell: (one) => (
            <>
              {taskStateWords(one.state)}
              <br />
              <span class="small">
                <TaskDeadline task={one} />
              </span>
            </>
          ),
          sortBy: (one) => one.resolve.due_at,
        },
      ]}
    />
  );
}
