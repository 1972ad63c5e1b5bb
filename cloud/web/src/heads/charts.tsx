// The charts of heads, each with its figures as a table behind it.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import { BarLegend, type Line, LineLegend, type Look, ShareLines, SparkBars, StackedBars } from "../parts/bars";
import { Icon } from "../parts/icons";
import { Empty } from "../parts/layout";
import { categoryWords } from "../words/field";
import { number, percent } from "../words/say";
import { type Figure, kindRows, monthWords, parts } from "./figures";
import { say } from "./words";

const LOOKS: readonly Look[] = ["full", "hatched", "hollow"];

const isEmpty = (months: readonly Figure[]): boolean => months.every((one) => one.tasks - one.dismissed <= 0);

/** What became of the tasks of each month. */
export function MonthsChart({ months, withTable = true }: { months: readonly Figure[]; withTable?: boolean }): VNode {
  if (isEmpty(months)) return <Empty>{say("noFigures")}</Empty>;
  const split = months.map((one) => ({ one, ...parts(one) }));
  return (
    <div class="stack tight">
      <BarLegend
        items={[
          ["full", say("doneInTime")],
          ["hatched", say("doneLate")],
          ["hollow", say("open")],
        ]}
      />
      <StackedBars
        label={say("overMonths")}
        looks={LOOKS}
        stacks={split.map(({ one, inTime, late, open }) => ({
          label: monthWords(one.id),
          values: [inTime, late, open],
        }))}
      />
      {withTable ? (
        <Behind
          heads={[say("month"), say("doneInTime"), say("doneLate"), say("open")]}
          rows={split.map(({ one, inTime, late, open }) => [
            monthWords(one.id, "long"),
            number(inTime),
            number(late),
            number(open),
          ])}
        />
      ) : null}
    </div>
  );
}

/** Answered in time and resolved in time, by month. */
export function SharesChart({ months }: { months: readonly Figure[] }): VNode {
  if (isEmpty(months)) return <Empty>{say("noFigures")}</Empty>;
  const lines: readonly Line[] = [
    { words: say("inTime"), look: "solid", values: months.map((one) => one.in_time_share) },
    { words: say("response"), look: "dashed", values: months.map((one) => one.response_share) },
  ];
  return (
    <div class="stack tight">
      <LineLegend lines={lines} />
      <ShareLines label={say("sharesOverMonths")} labels={months.map((one) => monthWords(one.id))} lines={lines} />
      <Behind
        heads={[say("month"), say("inTime"), say("response")]}
        rows={months.map((one) => [
          monthWords(one.id, "long"),
          percent(one.in_time_share),
          percent(one.response_share),
        ])}
      />
    </div>
  );
}

const MOST_KINDS = 12;

/** Each kind as small bars by month, all on one scale. */
export function KindsChart({ told, most = MOST_KINDS }: { told: Schemas["MonthlyFigures"]; most?: number }): VNode {
  const months = told.months.map((one) => one.id);
  const { rows, others } = kindRows(told.kinds, months, most);
  if (rows.length === 0) return <Empty>{say(told.counted === "tasks" ? "noFigures" : "noComplaints")}</Empty>;
  const top = Math.max(...rows.flatMap((one) => one.counts));
  const [first, last] = [months[0] ?? "", months[months.length - 1] ?? ""];
  return (
    <div class="stack tight">
      <p class="small soft">
        {monthWords(first, "long")} – {monthWords(last, "long")},{" "}
        {say(told.counted === "tasks" ? "ofTasks" : "ofComplaints")}
      </p>
      <ul class="list kinds">
        {rows.map((one) => (
          <li key={one.category} class="kind">
            <span class="row nofold">
              <Icon name={one.category} />
              {categoryWords(one.category)}
            </span>
            <SparkBars
              values={one.counts}
              top={top}
              label={`${categoryWords(one.category)}: ${one.counts.map((count) => number(count)).join(", ")}`}
            />
            <span class="figures strong">{number(one.total)}</span>
          </li>
        ))}
      </ul>
      {others > 0 ? <p class="small soft">{say("others", { n: number(others) })}</p> : null}
    </div>
  );
}

function Behind(props: { heads: readonly string[]; rows: readonly (readonly string[])[] }): VNode {
  return (
    <details class="no-print">
      <summary class="small">{say("asTable")}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section class="table-box" tabIndex={0} aria-label={say("asTable")}>
        <table class="table small">
          <thead>
            <tr>
              {props.heads.map((one, index) => (
                <th key={one} scope="col" class={index > 0 ? "number" : undefined}>
                  {one}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {props.rows.map((row) => (
              <tr key={row[0]}>
                {row.map((cell, index) => (
                  <td key={props.heads[index]} class={index > 0 ? "number" : undefined}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
