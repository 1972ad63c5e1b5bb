// A field in figures: a span beside the one before, months, kinds, and others like it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request } from "../api/client";
import { ShareBar } from "../parts/bars";
import { Empty } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { type Column, Table } from "../parts/table";
import { categoryWords } from "../words/field";
import { number, percent, span } from "../words/format";
import { KindsChart, MonthsChart, SharesChart } from "./charts";
import { type AreaQuery, areaName, Download, type Field, Frame, linkTo, useAreaQuery, useField } from "./field";
import { type Figure, MEASURES, type Measure, progress, valueWords } from "./figures";
import { Moved } from "./Moved";
import { beginOf, type Period, PeriodField } from "./period";
import { Against } from "./Today";
import { translate } from "./words";

const MONTHS = 12;
const SHOWN: readonly Measure[] = [
  "complaints",
  "tasks",
  "resolved",
  "inTime",
  "response",
  "verified",
  "medianResponse",
  "medianResolve",
  "openOverdue",
  "reopened",
];

export function FiguresPage(): VNode {
  const area = useAreaQuery();
  const [days, setDays] = useState<Period>("30");
  const from = beginOf(days);
  return (
    <Frame title={translate("figures")}>
      <div class="row heads-filters">
        <PeriodField value={days} onValue={setDays} />
      </div>
      <InAll area={area} from={from} />
      <OverMonths area={area} />
      <Compared area={area} from={from} />
    </Frame>
  );
}

function InAll({ area, from }: { area: AreaQuery; from: string }): VNode {
  const query = { ...area, from };
  const figures = useLoad(() => request(api.GET("/api/v1/heads/figures", { params: { query } })), [area.area, from]);
  return (
    <Shown of={figures}>
      {({ total, before, categories, period }) =>
        total.tasks === 0 && before.tasks === 0 ? (
          <Empty>{translate("noFigures")}</Empty>
        ) : (
          <>
            <Against period={period} />
            <ul class="tiles" id="in-all">
              {SHOWN.filter((one) => one !== "complaints" || total.complaints !== null).map((measure) => (
                <li key={measure} class="card tile" data-measure={measure}>
                  <span class="huge figures">{valueWords(measure, MEASURES[measure].of(total))}</span>
                  <span>{translate(measure)}</span>
                  <Moved measure={measure} now={total} before={before} />
                </li>
              ))}
            </ul>
            <section class="stack tight">
              <div class="row apart">
                <h2>{translate("byKind")}</h2>
                <Download of="figures" query={query} />
              </div>
              <Table caption={translate("byKind")} rows={categories} columns={kindColumns()} keyOf={(one) => one.id} />
            </section>
          </>
        )
      }
    </Shown>
  );
}

function OverMonths({ area }: { area: AreaQuery }): VNode {
  const query = { ...area, count: MONTHS };
  const figures = useLoad(() => request(api.GET("/api/v1/heads/months", { params: { query } })), [area.area]);
  return (
    <Shown of={figures}>
      {(found) => (
        <>
          <div class="heads-halves">
            <section class="card">
              <h2>{translate("overMonths")}</h2>
              <MonthsChart months={found.months} />
            </section>
            <section class="card">
              <h2>{translate("sharesOverMonths")}</h2>
              <SharesChart months={found.months} />
            </section>
          </div>
          <section class="card">
            <div class="row apart">
              <h2>{translate("kindsOverMonths")}</h2>
              <Download of="months" query={{ ...area, count: String(MONTHS) }} />
            </div>
            <KindsChart of={found} />
          </section>
        </>
      )}
    </Shown>
  );
}

const GROUPS = ["beside", "below"] as const;

function Compared({ area, from }: { area: AreaQuery; from: string }): VNode {
  const field = useField();
  const query = { ...area, from };
  const figures = useLoad(() => request(api.GET("/api/v1/heads/comparison", { params: { query } })), [area.area, from]);
  return (
    <section class="stack tight" id="compare">
      <div class="row apart">
        <h2>{translate("compare")}</h2>
        <Download of="comparison" query={query} />
      </div>
      <Shown of={figures}>
        {(rows) => (
          <>
            {GROUPS.map((whose) => (
              <Group key={whose} rows={rows} whose={whose} field={field} area={area} />
            ))}
          </>
        )}
      </Shown>
    </section>
  );
}

function Group(props: {
  rows: readonly Figure[];
  whose: (typeof GROUPS)[number];
  field: Field;
  area: AreaQuery;
}): VNode | null {
  const { rows, whose, field, area } = props;
  const shown = rows.filter((one) => one.whose === whose || (whose === "beside" && one.whose === "own"));
  if (shown.filter((one) => one.whose === whose).length === 0) return null;
  const isAgencies = whose === "beside" && field.kind === "agency" && field.area_id === null;
  const parent = field.path[1];
  const title = isAgencies
    ? translate("agencies")
    : `${translate(whose)}${whose === "beside" && parent ? `: ${areaName(parent)}` : ""}`;
  const ids = new Set(whose === "below" ? field.below.map((one) => one.id) : []);
  const more = shown.some((one) => one.per_10000_people != null) ? OF_AREAS : [];
  const columns = compareColumns(more, (one) =>
    ids.has(one.id) ? linkTo("/figures", { ...area, area: one.id }) : null,
  );
  return (
    <div class="stack tight">
      <h3>{title}</h3>
      <Table caption={title} rows={shown} columns={columns} keyOf={(one) => one.id} />
    </div>
  );
}

function Share({ share }: { share: number | null }): VNode {
  return (
    <span class="share">
      {percent(share)}
      <ShareBar share={share} />
    </span>
  );
}

const WORK: readonly Column<Figure>[] = [
  { id: "tasks", head: "tasks", isNumber: true, cell: (one) => number(one.tasks), sortBy: (one) => one.tasks },
  {
    id: "resolved",
    head: "resolved",
    isNumber: true,
    cell: (one) => <Share share={progress(one)} />,
    sortBy: progress,
  },
  {
    id: "inTime",
    head: "inTime",
    isNumber: true,
    cell: (one) => <Share share={one.in_time_share} />,
    sortBy: (one) => one.in_time_share,
  },
  {
    id: "response",
    head: "response",
    isNumber: true,
    cell: (one) => <Share share={one.response_share} />,
    sortBy: (one) => one.response_share,
  },
  {
    id: "medianResolve",
    head: "medianResolve",
    isNumber: true,
    cell: (one) => span(one.resolve_median_seconds),
    sortBy: (one) => one.resolve_median_seconds,
  },
  {
    id: "openOverdue",
    head: "openOverdue",
    isNumber: true,
    cell: (one) => number(one.overdue),
    sortBy: (one) => one.overdue,
  },
];
const OF_AREAS: readonly Column<Figure>[] = [
  {
    id: "per10000",
    head: "per10000",
    isNumber: true,
    cell: (one) => (one.per_10000_people == null ? "–" : number(one.per_10000_people, 1)),
    sortBy: (one) => one.per_10000_people ?? null,
  },
];

const inWords = (columns: readonly Column<Figure>[]): Column<Figure>[] =>
  columns.map((one) => ({ ...one, head: translate(one.head as "tasks") }));

const kindColumns = (): readonly Column<Figure>[] => [
  {
    id: "kind",
    head: translate("kind"),
    isName: true,
    cell: (one) => categoryWords(one.id),
    sortBy: (one) => categoryWords(one.id),
  },
  ...inWords(WORK),
];

const compareColumns = (
  more: readonly Column<Figure>[],
  addressOf: (one: Figure) => string | null,
): readonly Column<Figure>[] => [
  {
    id: "name",
    head: translate("name"),
    isName: true,
    cell: (one) => {
      const to = addressOf(one);
      if (to) return <a href={to}>{one.name}</a>;
      return one.whose === "own" ? (
        <span class="strong">
          {one.name} ({translate("own")})
        </span>
      ) : (
        one.name
      );
    },
    sortBy: (one) => one.name,
  },
  ...inWords([...WORK, ...more]),
];
