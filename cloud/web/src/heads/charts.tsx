// The charts of heads, each with its figures as a table behind it.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import { BarLegend, type Line, LineLegend, type Look, ShareLines, SparkBars, StackedBars } from "../parts/bars";
import { Icon } from "../parts/icons";
import { Empty } from "../parts/layout";
import { categoryWords } from "../words/field";
import { number, percent } from "../words/format";
import { type Figure, kindRows, monthWords, parts } from "./figures";
import { translate } from "./words";

const LOOKS: readonly Look[] = ["full", "hatched", "hollow"];

const isEmpty = (months: readonly Figure[]): boolean => months.every((one) => one.tasks - one.dismissed <= 0);

/** What became of the tasks of each month. */
export function MonthsChart({ months, withTable = true }: { months: readonly Figure[]; withTable?: boolean }): VNode {
  if (isEmpty(months)) return <Empty>{translate("noFigures")}</Empty>;
  const split = months.map((one) => ({ one, ...parts(one) }));
  return (
    <div class="stack tight">
      <BarLegend
        items={[
          ["full", translate("doneInTime")],
          ["hatched", translate("resolvedOverdue")],
          ["hollow", translate("open")],
        ]}
      />
      <StackedBars
        label={translate("overMonths")}
        looks={LOOKS}
        stacks={split.map(({ one, inTime, overdue, open }) => ({
          label: monthWords(one.id),
          values: [inTime, overdue, open],
        }))}
      />
      {withTable ? (
        <Behind
          heads={[translate("month"), translate("doneInTime"), translate("resolvedOverdue"), translate("open")]}
          rows={split.map(({ one, inTime, overdue, open }) => [
            monthWords(one.id, "long"),
            number(inTime),
            number(overdue),
            number(open),
          ])}
        />
      ) : null}
    </div>
  );
}

/** Answered in time and resolved in time, by month. */
export function SharesChart({ months }: { months: readonly Figure[] }): VNode {
  if (isEmpty(months)) return <Empty>{translate("noFigures")}</Empty>;
  const lines: readonly Line[] = [
    { words: translate("inTime"), look: "solid", values: months.map((one) => one.in_time_share) },
    { words: translate("response"), look: "dashed", values: months.map((one) => one.response_share) },
  ];
  return (
    <div class="stack tight">
      <LineLegend lines={lines} />
      <ShareLines
        label={translate("sharesOverMonths")}
        labels={months.map((one) => monthWords(one.id))}
        lines={lines}
      />
      <Behind
        heads={[translate("month"), translate("inTime"), translate("response")]}
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
export function KindsChart({ of, most = MOST_KINDS }: { of: Schemas["MonthlyFigures"]; most?: number }): VNode {
  const months = of.months.map((one) => one.id);
  const { rows, others } = kindRows(of.kinds, months, most);
  if (rows.length === 0) return <Empty>{translate(of.counted === "tasks" ? "noFigures" : "noComplaints")}</Empty>;
  const top = Math.max(...rows.flatMap((one) => one.counts));
  const [first, last] = [months[0] ?? "", months[months.length - 1] ?? ""];
  return (
    <div class="stack tight">
      <p class="small soft">
        {monthWords(first, "long")} – {monthWords(last, "long")},{" "}
        {translate(of.counted === "tasks" ? "ofTasks" : "ofComplaints")}
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
      {others > 0 ? <p class="small soft">{translate("others", { n: number(others) })}</p> : null}
    </div>
  );
}

function Behind(props: { heads: readonly string[]; rows: readonly (readonly string[])[] }): VNode {
  return (
    <details class="no-print">
      <summary class="small">{translate("asTable")}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <section class="table-box" tabIndex={0} aria-label={translate("asTable")}>
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
