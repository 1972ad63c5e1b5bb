// The first page of a head: what is late, what waits for whom, the most urgent tasks, who is at work, and this month.

import type { VNode } from "preact";
import { api, ask, type Schemas } from "../api/client";
import { useKeptFocus } from "../parts/focus";
import { Icon } from "../parts/icons";
import { Banner, Empty } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { now } from "../shell/now";
import { day, number } from "../words/say";
import { Crew } from "./Crew";
import { KindsChart, MonthsChart } from "./charts";
import { type Asked, Frame, useAsked, useField, useTaskChanges, way } from "./field";
import { type Figure, fairChange, MEASURES, type Measure, monthOf, monthWords, valueWords } from "./figures";
import { TaskRows } from "./TaskRows";
import { say } from "./words";

const FIRST = 8;
const FEW_KINDS = 6;
const TILES = ["unsent", "sent", "in_hand", "overdue", "to_check"] as const;
const THIS_MONTH: readonly Measure[] = ["complaints", "resolved", "inTime", "response", "medianResolve"];

export function Today(): VNode {
  const asked = useAsked();
  const field = useField();
  const changes = useTaskChanges();
  const queue = useLoad(
    () => ask(api.GET("/api/v1/heads/tasks", { params: { query: { ...asked, limit: FIRST } } })),
    [asked.area, changes],
  );
  const month = monthOf(now.value, field.zone);
  const figures = useLoad(
    () => ask(api.GET("/api/v1/heads/figures", { params: { query: { ...asked, month } } })),
    [asked.area, month, changes],
  );
  return (
    <Frame>
      <Shown of={queue}>
        {(told) => (
          <>
            <Late count={told.counts.overdue ?? 0} asked={asked} />
            <section class="stack tight">
              <h2>{say("now")}</h2>
              <Tiles counts={told.counts} asked={asked} />
            </section>
          </>
        )}
      </Shown>
      <div class="heads-halves">
        <section class="stack tight" aria-label={say("next")} ref={useKeptFocus()} tabIndex={-1}>
          <h2>{say("next")}</h2>
          <Shown of={queue}>{(told) => <First told={told} asked={asked} again={queue.again} />}</Shown>
        </section>
        <Crew asked={asked} />
      </div>
      <section class="stack tight" id="this-month">
        <h2>
          {say("thisMonth")} <span class="soft small">{monthWords(month, "long")}</span>
        </h2>
        <Shown of={figures}>{(told) => <ThisMonth told={told} />}</Shown>
      </section>
      <Months asked={asked} />
    </Frame>
  );
}

function Late({ count, asked }: { count: number; asked: Asked }): VNode | null {
  if (count === 0) return null;
  return (
    <Banner kind="bad" icon="clock">
      <p class="row apart">
        <span class="strong">{count === 1 ? say("lateOne") : say("lateBanner", { n: number(count) })}</span>
        <a href={way("/tasks", asked, { which: "overdue" })}>{say("showLate")}</a>
      </p>
    </Banner>
  );
}

function Tiles({ counts, asked }: { counts: Readonly<Record<string, number>>; asked: Asked }): VNode {
  return (
    <ul class="tiles" id="tiles">
      {TILES.map((which) => (
        <li key={which}>
          <a
            class={`card tile ${which === "overdue" && (counts[which] ?? 0) > 0 ? "edge edge-1" : ""}`}
            href={way("/tasks", asked, { which })}
            data-which={which}
          >
            <span class="huge figures">{number(counts[which] ?? 0)}</span>
            <span>{say(which)}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function ThisMonth({ told }: { told: Schemas["FiguresOverview"] }): VNode {
  const shown = THIS_MONTH.filter((one) => one !== "complaints" || told.total.complaints !== null);
  if (told.total.tasks === 0 && told.before.tasks === 0) return <Empty>{say("noFigures")}</Empty>;
  return (
    <>
      <Against period={told.period} />
      <ul class="tiles">
        {shown.map((measure) => (
          <li key={measure} class="card tile">
            <span class="huge figures">{valueWords(measure, MEASURES[measure].of(told.total))}</span>
            <span>{say(measure)}</span>
            <Moved measure={measure} now={told.total} before={told.before} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** Which days the arrows compare with; the end is not included. */
export function Against({ period }: { period: Schemas["FigurePeriod"] }): VNode {
  const [from, until] = [day(period.before_since), day(Date.parse(period.before_until) - 1)];
  return <p class="small soft">{say("against", { from, until })}</p>;
}

/** How a measure moved against the span before: an arrow and words, and only then a colour. */
export function Moved(props: { measure: Measure; now: Figure; before: Figure }): VNode | null {
  const moved = fairChange(props.measure, props.now, props.before);
  if (!moved) return null;
  return (
    <span class={`small row nofold moved ${moved.kind}`}>
      <Icon name={moved.way} />
      {moved.words}
    </span>
  );
}

function First(props: { told: Schemas["TaskQueuePage"]; asked: Asked; again: () => void }): VNode {
  const { told, asked, again } = props;
  if (told.tasks.length === 0) return <Empty>{say("noRunning")}</Empty>;
  return (
    <div class="stack tight">
      <TaskRows tasks={told.tasks} asked={asked} again={again} />
      <a class="button" href={way("/tasks", asked)}>
        {say("wholeQueue")} ({number(told.counts.running ?? 0)})
      </a>
    </div>
  );
}

function Months({ asked }: { asked: Asked }): VNode {
  const months = useLoad(
    () => ask(api.GET("/api/v1/heads/months", { params: { query: { ...asked, count: 12 } } })),
    [asked.area],
  );
  return (
    <Shown of={months}>
      {(told) => (
        <div class="heads-halves">
          <section class="card">
            <h2>{say("overMonths")}</h2>
            <MonthsChart months={told.months} />
          </section>
          <section class="card">
            <h2>{say("kindsOverMonths")}</h2>
            <KindsChart told={told} most={FEW_KINDS} />
          </section>
        </div>
      )}
    </Shown>
  );
}
