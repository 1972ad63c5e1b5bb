// The officers of a field: what is in their hands now, and how their work went.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { Empty } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { type Column, Table } from "../parts/table";
import { number, percent, span } from "../words/format";
import { dutyWords } from "./Crew";
import { Download, Frame, useAreaQuery, useTaskChanges } from "./field";
import { beginOf, type Period, PeriodField } from "./period";
import { translate } from "./words";

type Officer = Schemas["OfficerFigures"];

export function Officers(): VNode {
  const area = useAreaQuery();
  const [days, setDays] = useState<Period>("30");
  const from = beginOf(days);
  const changes = useTaskChanges();
  const query = { ...area, from };
  const officers = useLoad(
    () => request(api.GET("/api/v1/heads/officers", { params: { query } })),
    [area.area, from, changes],
  );
  return (
    <Frame title={translate("officers")} tools={<Download of="officers" query={query} />}>
      <div class="row heads-filters">
        <PeriodField value={days} onValue={setDays} />
      </div>
      <Shown of={officers}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty>{translate("noOfficers")}</Empty>
          ) : (
            <div class="stack" id="officers">
              <Group
                title={translate("ownOfficers")}
                rows={rows.filter((one) => one.is_own)}
                columns={[...who(), duty(), ...work()]}
              />
              <Group
                title={translate("otherOfficers")}
                rows={rows.filter((one) => !one.is_own)}
                columns={[...who(), ...work()]}
              />
              <p class="small soft">{translate("scoreHint")}</p>
            </div>
          )
        }
      </Shown>
    </Frame>
  );
}

function Group(props: { title: string; rows: readonly Officer[]; columns: readonly Column<Officer>[] }): VNode | null {
  const { title, rows, columns } = props;
  if (rows.length === 0) return null;
  return (
    <section class="stack tight">
      <h2>{title}</h2>
      <Table caption={title} rows={rows} columns={columns} keyOf={(one) => one.user_id} />
    </section>
  );
}

const who = (): readonly Column<Officer>[] => [
  {
    id: "name",
    head: translate("name"),
    isName: true,
    cell: (one) => (
      <>
        <span class="strong">{one.name}</span>
        <br />
        <span class="small soft">{[one.area_name, one.agency_name].filter(Boolean).join(" · ")}</span>
      </>
    ),
    sortBy: (one) => one.name,
  },
  {
    id: "rank",
    head: translate("rank"),
    isNumber: true,
    cell: (one) => one.period?.rank ?? "–",
    sortBy: (one) => one.period?.rank ?? null,
  },
];

/** Who is on duty is shown for those whom one is in charge of. */
const duty = (): Column<Officer> => ({
  id: "duty",
  head: translate("duty"),
  cell: (one) => <span class={one.on_duty_since ? "good" : "soft"}>{dutyWords(one)}</span>,
  sortBy: (one) => one.on_duty_since,
});

const work = (): readonly Column<Officer>[] => [
  {
    id: "hand",
    head: translate("nowInHand"),
    isNumber: true,
    cell: (one) => (
      <>
        {number(one.tasks_now)}
        {one.overdue_now > 0 ? (
          <span class="bad"> {translate("overdueOf", { n: number(one.overdue_now) })}</span>
        ) : null}
      </>
    ),
    sortBy: (one) => one.tasks_now,
  },
  {
    id: "resolved",
    head: translate("resolved"),
    isNumber: true,
    cell: (one) => (one.period ? `${number(one.period.resolved)} / ${number(one.period.tasks)}` : "–"),
    sortBy: (one) => one.period?.resolved ?? null,
  },
  {
    id: "inTime",
    head: translate("inTime"),
    isNumber: true,
    cell: (one) => percent(one.period?.in_time_share),
    sortBy: (one) => one.period?.in_time_share ?? null,
  },
  {
    id: "response",
    head: translate("medianResponse"),
    isNumber: true,
    cell: (one) => span(one.period?.response_median_seconds),
    sortBy: (one) => one.period?.response_median_seconds ?? null,
  },
  {
    id: "reopened",
    head: translate("reopened"),
    isNumber: true,
    cell: (one) => (one.period ? number(one.period.reopened) : "–"),
    sortBy: (one) => one.period?.reopened ?? null,
  },
  {
    id: "score",
    head: translate("score"),
    isNumber: true,
    cell: (one) => (one.period?.score == null ? "–" : number(one.period.score * 100)),
    sortBy: (one) => one.period?.score ?? null,
  },
];
