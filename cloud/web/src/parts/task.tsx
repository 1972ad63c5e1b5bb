// How the deadline of a task is shown.

import type { VNode } from "preact";
import type { Task } from "../live/city";
import { now } from "../shell/now";
import { deadlineLine, deadlineWords } from "../words/field";
import { ago, span } from "../words/format";

const STEPS = ["acknowledge", "first_action", "resolve"] as const;

/** The deadline that runs now: the first step that is not done. */
export function runningDeadline(task: Task): (Task["resolve"] & { readonly what: string }) | null {
  for (const what of STEPS) if (!task[what].done_at) return { what, ...task[what] };
  return null;
}

export function TaskDeadline({ task }: { task: Task }): VNode {
  const deadline = runningDeadline(task);
  if (task.finished || !deadline)
    return (
      <span class="good">
        {deadlineLine("finished", { t: ago(task.resolve.done_at ?? task.updated_at, now.value) })}
      </span>
    );
  if (deadline.state === "paused") return <span class="soft">{deadlineLine("paused")}</span>;
  const left = (Date.parse(deadline.due_at) - now.value) / 1000;
  const values = { what: deadlineWords(deadline.what), t: span(left) };
  if (left < 0) return <span class="bad">{deadlineLine("overdue", values)}</span>;
  return <span class={deadline.state === "due_soon" ? "warn" : ""}>{deadlineLine("dueIn", values)}</span>;
}
