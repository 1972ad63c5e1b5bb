// How the clock of a task is said.

import type { VNode } from "preact";
import type { Task } from "../live/city";
import { now } from "../shell/now";
import { clockLine, clockWords } from "../words/field";
import { ago, span } from "../words/say";

const STEPS = ["acknowledge", "first_action", "resolve"] as const;

/** The clock that runs now: the first step that is not done. */
export function runningClock(task: Task): (Task["resolve"] & { readonly what: string }) | null {
  for (const what of STEPS) if (!task[what].done_at) return { what, ...task[what] };
  return null;
}

export function TaskClock({ task }: { task: Task }): VNode {
  const clock = runningClock(task);
  if (task.finished || !clock)
    return (
      <span class="good">{clockLine("finished", { t: ago(task.resolve.done_at ?? task.updated_at, now.value) })}</span>
    );
  if (clock.state === "paused") return <span class="soft">{clockLine("paused")}</span>;
  const left = (Date.parse(clock.due_at) - now.value) / 1000;
  const holes = { what: clockWords(clock.what), t: span(left) };
  if (left < 0) return <span class="bad">{clockLine("overdue", holes)}</span>;
  return <span class={clock.state === "due_soon" ? "warn" : ""}>{clockLine("dueIn", holes)}</span>;
}
