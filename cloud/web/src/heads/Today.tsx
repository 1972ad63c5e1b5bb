// The first page of a head: what is overdue, what waits for whom, the most urgent tasks, who is at work, and this month.

import type { VNode } from "preact";
import { api, request, type Schemas } from "../api/client";
import { useRestoredFocus } from "../parts/focus";
import { Banner, Empty } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { now } from "../shell/now";
import { day, number } from "../words/format";
import { CityLook } from "./CityLook";
import { Crew } from "./Crew";
import { KindsChart, MonthsChart } from "./charts";
import { type AreaQuery, Frame, linkTo, useAreaQuery, useField, useTaskChanges } from "./field";
import { MEASURES, type Measure, monthOf, monthWords, valueWords } from "./figures";
import { Moved } from "./Moved";
import { TaskRows } from "./TaskRows";
import { translate } from "./words";

const FIRST = 8;
const FEW_KINDS = 6;
const TILES = ["unsent", "sent", "in_hand", "overdue", "to_check"] as const;
const THIS_MONTH: readonly Measure[] = ["complaints", "resolved", "inTime", "response", "medianResolve"];

export function Today(): VNode {
  const area = useAreaQuery();
  const field = useField();
  const changes = useTaskChanges();
  const queue = useLoad(
    () => request(api.GET("/api/v1/heads/tasks", { params: { query: { ...area, limit: FIRST } } })),
    [area.area, changes],
  );
  const month = monthOf(now.value, field.zone);
  const figures = useLoad(
    () => request(api.GET("/api/v1/heads/figures", { params: { query: { ...area, month } } })),
    [area.area, month, changes],
  );
  return (
    <Frame>
      {field.area_id === null && field.agency_id === null ? <CityLook /> : null}
      <Shown of={queue}>
        {(shownCounts) => (
          <>
            <OverdueTasks count={shownCounts.counts.overdue ?? 0} area={area} />
            <section class="stack tight">
              <h2>{translate("now")}</h2>
              <Tiles counts={shownCounts.counts} area={area} />
            </section>
          </>
        )}
      </Shown>
      <div class="heads-halves">
        <section class="stack tight" aria-label={translate("next")} ref={useRestoredFocus()} tabIndex={-1}>
          <h2>{translate("next")}</h2>
          <Shown of={queue}>{(list) => <First list={list} area={area} again={queue.again} />}</Shown>
        </section>
        <Crew area={area} />
      </div>
      <section class="stack tight" id="this-month">
        <h2>
          {translate("thisMonth")} <span class="soft small">{monthWords(month, "long")}</span>
        </h2>
        <Shown of={figures}>{(overview) => <ThisMonth overview={overview} />}</Shown>
      </section>
      <Months area={area} />
    </Frame>
  );
}

function OverdueTasks({ count, area }: { count: number; area: AreaQuery }): VNode | null {
  if (count === 0) return null;
  return (
    <Banner kind="bad" icon="clock">
      <p class="row apart">
        <span class="strong">
          {count === 1 ? translate("overdueOne") : translate("overdueBanner", { n: number(count) })}
        </span>
        <a href={linkTo("/tasks", area, { which: "overdue" })}>{translate("showOverdue")}</a>
      </p>
    </Banner>
  );
}

function Tiles({ counts, area }: { counts: Readonly<Record<string, number>>; area: AreaQuery }): VNode {
  return (
    <ul class="tiles" id="tiles">
      {TILES.map((which) => (
        <li key={which}>
          <a
            class={`card tile ${which === "overdue" && (counts[which] ?? 0) > 0 ? "edge edge-1" : ""}`}
            href={linkTo("/tasks", area, { which })}
            data-which={which}
          >
            <span class="huge figures">{number(counts[which] ?? 0)}</span>
            <span>{translate(which)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function ThisMonth({ overview }: { overview: Schemas["FiguresOverview"] }): VNode {
  const shown = THIS_MONTH.filter((one) => one !== "complaints" || overview.total.complaints !== null);
  if (overview.total.tasks === 0 && overview.before.tasks === 0) return <Empty>{translate("noFigures")}</Empty>;
  return (
    <>
      <Against period={overview.period} />
      <ul class="tiles">
        {shown.map((measure) => (
          <li key={measure} class="card tile">
            <span class="huge figures">{valueWords(measure, MEASURES[measure].of(overview.total))}</span>
            <span>{translate(measure)}</span>
            <Moved measure={measure} now={overview.total} before={overview.before} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Which days the arrows compare with; the end is not included. */
export function Against({ period }: { period: Schemas["FigurePeriod"] }): VNode {
  const [from, until] = [day(period.before_since), day(Date.parse(period.before_until) - 1)];
  return <p class="small soft">{translate("against", { from, until })}</p>;
}

function First(props: { list: Schemas["TaskQueuePage"]; area: AreaQuery; again: () => void }): VNode {
  const { list, area, again } = props;
  if (list.tasks.length === 0) return <Empty>{translate("noRunning")}</Empty>;
  return (
    <div class="stack tight">
      <TaskRows tasks={list.tasks} area={area} again={again} />
      <a class="button" href={linkTo("/tasks", area)}>
        {translate("wholeQueue")} ({number(list.counts.running ?? 0)})
      </a>
    </div>
  );
}

function Months({ area }: { area: AreaQuery }): VNode {
  const months = useLoad(
    () => request(api.GET("/api/v1/heads/months", { params: { query: { ...area, count: 12 } } })),
    [area.area],
  );
  return (
    <Shown of={months}>
      {(months) => (
        <div class="heads-halves">
          <section class="card">
            <h2>{translate("overMonths")}</h2>
            <MonthsChart months={months.months} />
          </section>
          <section class="card">
            <h2>{translate("kindsOverMonths")}</h2>
            <KindsChart of={months} most={FEW_KINDS} />
          </section>
        </div>
      )}
    </Shown>
  );
}
