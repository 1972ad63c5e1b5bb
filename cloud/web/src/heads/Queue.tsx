// The whole queue of a field: by what is to be done, by kind, several at once, and as a file.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request } from "../api/client";
import type { Task } from "../live/city";
import { useRestoredFocus } from "../parts/focus";
import { SelectField } from "../parts/form";
import { Icon } from "../parts/icons";
import { Empty } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { categoryWords } from "../words/field";
import { number } from "../words/format";
import { Dispatch } from "./Dispatch";
import { type AreaQuery, Download, Frame, linkTo, useAreaQuery, useField, useTaskChanges } from "./field";
import { TaskRows } from "./TaskRows";
import { translate } from "./words";

const WHICH = ["running", "overdue", "unsent", "sent", "in_hand", "to_check", "finished"] as const;
type Which = (typeof WHICH)[number];
const STEP = 50;
const MOST = 1_000;
const MOST_IN_FILE = 5_000;
const MOST_AT_ONCE = 200;

function useWanted(): { which: Which; category: string } {
  const { which, category } = useLocation().query;
  return { which: WHICH.find((one) => one === which) ?? "running", category: category ?? "" };
}

export function Queue(): VNode {
  const area = useAreaQuery();
  const { which, category } = useWanted();
  const { route } = useLocation();
  const [limit, setLimit] = useState(STEP);
  const changes = useTaskChanges();
  const query = { ...area, state_group: which, ...(category ? { category } : {}) };
  const queue = useLoad(
    () => request(api.GET("/api/v1/heads/tasks", { params: { query: { ...query, limit } } })),
    [area.area, which, category, limit, changes],
  );
  const go = (more: { which?: Which; category?: string }): void => {
    const next = { which, category, ...more };
    setLimit(STEP);
    route(linkTo("/tasks", area, next.category ? next : { which: next.which }));
  };
  const counts = queue.data?.counts ?? {};
  const count = (one: Which): string => (counts[one] === undefined ? "" : ` (${number(counts[one])})`);
  return (
    <Frame title={translate("queue")} tools={<Download of="tasks" query={{ ...query, limit: String(MOST_IN_FILE) }} />}>
      <div class="row heads-filters">
        <SelectField
          label={translate("show")}
          value={which}
          onValue={(one) => go({ which: one })}
          options={WHICH.map((one) => [one, translate(one) + count(one)] as const)}
        />
        <Kinds value={category} onValue={(one) => go({ category: one })} />
      </div>
      <section class="stack" aria-label={translate("queue")} ref={useRestoredFocus()} tabIndex={-1}>
        <Shown of={queue}>
          {({ tasks }) =>
            tasks.length === 0 ? (
              <Empty>{translate(which === "running" && !category ? "noRunning" : "noneOf")}</Empty>
            ) : (
              <Ticked tasks={tasks} area={area} again={queue.again} />
            )
          }
        </Shown>
      </section>
      {(queue.data?.tasks.length ?? 0) >= limit && limit < MOST ? (
        <button type="button" class="button" onClick={() => setLimit(limit + STEP)}>
          {translate("more")}
        </button>
      ) : null}
    </Frame>
  );
}

function Kinds({ value, onValue }: { value: string; onValue: (category: string) => void }): VNode {
  const field = useField();
  const known = useLoad(() => request(api.GET("/api/v1/categories")), []);
  const ids = field.categories.length > 0 ? field.categories : (known.data ?? []).map((one) => one.id);
  return (
    <SelectField
      label={translate("kind")}
      value={value}
      onValue={onValue}
      options={[["", translate("allKinds")], ...ids.map((one) => [one, categoryWords(one)] as const)]}
    />
  );
}

function Ticked({ tasks, area, again }: { tasks: readonly Task[]; area: AreaQuery; again: () => void }): VNode {
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [isSending, setSending] = useState(false);
  const tick = (id: string): void => {
    const next = new Set(ticked);
    if (!next.delete(id) && next.size < MOST_AT_ONCE) next.add(id);
    setTicked(next);
  };
  const chosen = tasks.filter((one) => ticked.has(one.id));
  return (
    <>
      <TaskRows tasks={tasks} area={area} again={again} ticked={ticked} tick={tick} />
      {chosen.length > 0 ? (
        <div class="heads-many">
          <button type="button" class="button main wide" onClick={() => setSending(true)}>
            <Icon name="person" />
            {translate("sendMany", { n: number(chosen.length) })}
          </button>
        </div>
      ) : null}
      {isSending ? (
        <Dispatch
          tasks={chosen}
          close={() => setSending(false)}
          done={() => {
            setTicked(new Set());
            again();
          }}
        />
      ) : null}
    </>
  );
}
