// Tasks of a queue: what, where, whose, how overdue, and a button that sends somebody.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Task } from "../live/city";
import { Icon } from "../parts/icons";
import { TaskDeadline } from "../parts/task";
import { categoryWords, severityWords, taskStateWords } from "../words/field";
import { Dispatch, mayAssign } from "./Dispatch";
import { type AreaQuery, linkTo, useField } from "./field";
import { translate } from "./words";

interface RowsProps {
  readonly tasks: readonly Task[];
  readonly area: AreaQuery;
  readonly again: () => void;
  readonly ticked?: ReadonlySet<string>;
  readonly tick?: (id: string) => void;
}

export function TaskRows({ tasks, area, again, ticked, tick }: RowsProps): VNode {
  const [sending, setSending] = useState<Task | null>(null);
  return (
    <>
      <ul class="list" id="queue">
        {tasks.map((task) => (
          <li key={task.id} class={`card task-row edge ${isOverdue(task) ? "edge-1" : ""}`} data-task={task.number}>
            <Content task={task} area={area} ticked={ticked} tick={tick} />
            <Send task={task} send={setSending} />
          </li>
        ))}
      </ul>
      {sending ? <Dispatch tasks={[sending]} close={() => setSending(null)} done={again} /> : null}
    </>
  );
}

export const isOverdue = (task: Task): boolean =>
  !task.finished && [task.acknowledge, task.first_action, task.resolve].some((one) => one.state === "overdue");

function Content(props: {
  task: Task;
  area: AreaQuery;
  ticked: ReadonlySet<string> | undefined;
  tick: ((id: string) => void) | undefined;
}): VNode {
  const { task, area, ticked, tick } = props;
  const { may_act } = useField();
  return (
    <span class="row nofold grow task-told">
      {tick && may_act && mayAssign(task) ? (
        <input
          type="checkbox"
          class="tick"
          aria-label={translate("tick", { n: task.number })}
          checked={ticked?.has(task.id) ?? false}
          onChange={() => tick(task.id)}
        />
      ) : null}
      <Icon name={task.category} />
      <span class="grow">
        <a class="strong" href={linkTo(`/tasks/${task.id}`, area)}>
          {categoryWords(task.category)}
        </a>{" "}
        {task.area_name ?? ""}
        <br />
        <span class="small soft">
          #{task.number} · {severityWords(task.severity)} · {task.assignee_name ?? task.agency_name ?? ""}
        </span>
        <br />
        <span class="tag">{taskStateWords(task.state)}</span>{" "}
        <span class="small">
          <TaskDeadline task={task} />
        </span>
      </span>
    </span>
  );
}

function Send({ task, send }: { task: Task; send: (task: Task) => void }): VNode | null {
  const { may_act } = useField();
  if (!may_act || !mayAssign(task)) return null;
  const isNew = !task.assignee_id;
  return (
    <button type="button" class={`button${isNew ? " main" : ""}`} data-send={task.number} onClick={() => send(task)}>
      <Icon name="person" />
      {translate("send")}
    </button>
  );
}
