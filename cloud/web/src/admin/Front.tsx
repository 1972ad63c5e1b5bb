// The first page under /admin.

import type { VNode } from "preact";
import { city, useCity } from "../live/city";
import { Page } from "../parts/layout";
import { categoryWords, taskStateWords } from "../words/field";
import { say } from "./words";

export function Front(): VNode {
  useCity("task");
  return (
    <Page title={say("title")}>
      <ul class="list">
        {[...city.task.value.values()].map((task) => (
          <li key={task.id} class="card">
            #{task.number} {categoryWords(task.category)} {task.area_name} {taskStateWords(task.state)}
          </li>
        ))}
      </ul>
    </Page>
  );
}
