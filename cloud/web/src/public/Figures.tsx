// The city in figures: what is trending, areas and agencies, and rankings.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request, type Schemas } from "../api/client";
import { SelectField } from "../parts/form";
import { Icon } from "../parts/icons";
import { Empty, Page } from "../parts/layout";
import { type Loaded, Shown, useLoad } from "../parts/load";
import { type Column, Table } from "../parts/table";
import { Tabs } from "../parts/tabs";
import { categoryWords } from "../words/field";
import { number, percent, span } from "../words/format";
import { translate } from "./words";

type Figure = Schemas["Figure"];
type Place = Schemas["RankingEntry"];
type Trend = Schemas["TrendItem"];
type Level = "kelurahan" | "kecamatan" | "city";
type Ranked = "areas" | "agencies" | "reporters";

const DAY_MS = 86_400_000;
const TABS = ["trending", "areas", "agencies", "rankings"] as const;
const HOURS = 24;
const PERIODS = ["7", "30", "90", "365"] as const;
type Period = (typeof PERIODS)[number];

/** Begins at midnight, so that the same question has the same address all day. */
const beginOf = (days: Period): string =>
  new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - Number(days) * DAY_MS).toISOString();

export function Figures(): VNode {
  const { query, route } = useLocation();
  const [days, setDays] = useState<Period>("30");
  const trends = useLoad(
    () => request(api.GET("/api/v1/trending", { params: { query: { hours: HOURS, limit: 20 } } })),
    [],
  );
  const chosenTab = TABS.find((one) => one === query.tab);
  // Where nothing is trending, the page begins with what there always is.
  const tab = chosenTab ?? (trends.error || isCalm(trends.data) ? "areas" : "trending");
  const choose = (id: string): void => route(`/figures?tab=${id}`, true);
  return (
    <Page title={translate("figures")}>
      <Tabs
        label={translate("figures")}
        tabs={TABS.map((id) => ({ id, words: translate(id) }))}
        chosen={tab}
        onChoose={choose}
      >
        <div class="stack">
          {tab === "trending" ? (
            <Trending trends={trends} />
          ) : (
            <>
              {chosenTab || !isCalm(trends.data) ? null : (
                <p class="soft">{translate("nothingTrending", { h: HOURS })}</p>
              )}
              <SelectField
                label={translate("period")}
                value={days}
                onValue={setDays}
                options={PERIODS.map((one) => [one, translate("lastDays", { n: one })] as const)}
              />
            </>
          )}
          {tab === "areas" ? <Areas days={days} /> : null}
          {tab === "agencies" ? <Agencies days={days} /> : null}
          {tab === "rankings" ? <Rankings days={days} /> : null}
        </div>
      </Tabs>
    </Page>
  );
}

type Trends = Schemas["TrendPage"];

const isCalm = (trends: Trends | null): boolean =>
  trends !== null && trends.categories.length + trends.places.length === 0;

function Trending({ trends }: { trends: Loaded<Trends> }): VNode {
  return (
    <Shown of={trends}>
      {(found) => {
        const { hours, categories, places } = found;
        return isCalm(found) ? (
          <div class="empty">
            <p>{translate("nothingTrending", { h: HOURS })}</p>
            <p>
              <a class="button" href="/figures?tab=areas">
                {translate("seeAreas")}
              </a>
            </p>
          </div>
        ) : (
          <div class="stack">
            <TrendList title={translate("byKind")} trends={categories} hours={hours} />
            <TrendList title={translate("byPlace")} trends={places} hours={hours} />
          </div>
        );
      }}
    </Shown>
  );
}

function TrendList({ title, trends, hours }: { title: string; trends: readonly Trend[]; hours: number }): VNode | null {
  if (trends.length === 0) return null;
  return (
    <section class="stack tight">
      <h2>{title}</h2>
      <ul class="grid">
        {trends.map((one) => (
          <li key={one.category + (one.area_id ?? "")} class="card">
            <span class="row nofold">
              <Icon name={one.category} />
              <span>
                <span class="strong">{categoryWords(one.category)}</span> {one.area_name ? `· ${one.area_name}` : ""}
                <br />
                <span class="warn">{translate("times", { n: number(one.times, 1) })}</span>{" "}
                <span class="small soft">{translate("reportsIn", { n: number(one.count), h: hours })}</span>
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const COUNTS: readonly Column<Figure>[] = [
  { id: "tasks", head: "tasks", isNumber: true, cell: (one) => number(one.tasks), sortBy: (one) => one.tasks },
  { id: "waiting", head: "waiting", isNumber: true, cell: (one) => number(one.waiting), sortBy: (one) => one.waiting },
  { id: "inHand", head: "inHand", isNumber: true, cell: (one) => number(one.in_hand), sortBy: (one) => one.in_hand },
  {
    id: "resolved",
    head: "resolved",
    isNumber: true,
    cell: (one) => `${number(one.resolved)} (${percent(one.progress)})`,
    sortBy: (one) => one.progress,
  },
  { id: "overdue", head: "overdue", isNumber: true, cell: (one) => number(one.overdue), sortBy: (one) => one.overdue },
  {
    id: "medianResolve",
    head: "medianResolve",
    isNumber: true,
    cell: (one) => span(one.resolve_median_seconds),
    sortBy: (one) => one.resolve_median_seconds,
  },
];
const OF_AREAS: readonly Column<Figure>[] = [
  {
    id: "complaints",
    head: "complaints",
    isNumber: true,
    cell: (one) => number(one.complaints ?? 0),
    sortBy: (one) => one.complaints ?? null,
  },
  {
    id: "per10000",
    head: "per10000",
    isNumber: true,
    cell: (one) => (one.per_10000_people ? number(one.per_10000_people, 1) : "–"),
    sortBy: (one) => one.per_10000_people ?? null,
  },
];

function columnsOf(more: readonly Column<Figure>[], isArea: boolean): readonly Column<Figure>[] {
  const name: Column<Figure> = {
    id: "name",
    head: translate("name"),
    cell: (one) => (isArea ? <a href={`/areas/${encodeURIComponent(one.id)}`}>{one.name}</a> : one.name),
    sortBy: (one) => one.name,
  };
  return [name, ...[...COUNTS, ...more].map((one) => ({ ...one, head: translate(one.head as "tasks") }))];
}

function Areas({ days }: { days: Period }): VNode {
  const [level, setLevel] = useState<Level>("kecamatan");
  const from = beginOf(days);
  const figures = useLoad(
    () => request(api.GET("/api/v1/figures/areas", { params: { query: { level, from } } })),
    [level, from],
  );
  return (
    <div class="stack">
      <SelectField
        label={translate("level")}
        value={level}
        onValue={setLevel}
        options={[
          ["kelurahan", translate("kelurahan")],
          ["kecamatan", translate("kecamatan")],
          ["city", translate("city")],
        ]}
      />
      <Shown of={figures}>
        {(rows) => <FigureTable caption={translate("areas")} rows={rows} columns={columnsOf(OF_AREAS, true)} />}
      </Shown>
      <Downloads path="/api/v1/figures/areas" query={{ level, from }} forms={["csv", "geojson"]} />
    </div>
  );
}

function Agencies({ days }: { days: Period }): VNode {
  const from = beginOf(days);
  const figures = useLoad(() => request(api.GET("/api/v1/figures/agencies", { params: { query: { from } } })), [from]);
  return (
    <div class="stack">
      <Shown of={figures}>
        {(rows) => <FigureTable caption={translate("agencies")} rows={rows} columns={columnsOf([], false)} />}
      </Shown>
      <Downloads path="/api/v1/figures/agencies" query={{ from }} forms={["csv"]} />
    </div>
  );
}

function FigureTable(props: { caption: string; rows: readonly Figure[]; columns: readonly Column<Figure>[] }): VNode {
  const withTasks = props.rows.filter((one) => one.tasks > 0 || (one.complaints ?? 0) > 0);
  if (withTasks.length === 0) return <Empty>{translate("noFigures")}</Empty>;
  return <Table caption={props.caption} rows={withTasks} columns={props.columns} keyOf={(one) => one.id} />;
}

function Downloads(props: { path: string; query: Readonly<Record<string, string>>; forms: readonly string[] }): VNode {
  return (
    <div class="row">
      {props.forms.map((form) => (
        <a
          key={form}
          class="button"
          href={`${props.path}?${new URLSearchParams({ ...props.query, format: form })}`}
          download
        >
          <Icon name="download" />
          {translate("download", { form: form.toUpperCase() })}
        </a>
      ))}
    </div>
  );
}

function Rankings({ days }: { days: Period }): VNode {
  const [of, setOf] = useState<Ranked>("areas");
  const from = beginOf(days);
  const ranking = useLoad<readonly Place[]>(() => {
    if (of === "areas") return request(api.GET("/api/v1/rankings/areas", { params: { query: { from, limit: 50 } } }));
    if (of === "agencies")
      return request(api.GET("/api/v1/rankings/agencies", { params: { query: { from, limit: 50 } } }));
    return request(api.GET("/api/v1/rankings/reporters", { params: { query: { from, limit: 50 } } }));
  }, [of, from]);
  const columns: readonly Column<Place>[] = [
    { id: "rank", head: translate("rank"), isNumber: true, cell: (one) => one.rank },
    { id: "name", head: translate("name"), cell: (one) => one.name },
    { id: "score", head: translate("score"), isNumber: true, cell: (one) => number(one.score, 1) },
    { id: "cases", head: translate("cases"), isNumber: true, cell: (one) => number(one.cases) },
  ];
  return (
    <div class="stack">
      <SelectField
        label={translate("ranking")}
        value={of}
        onValue={setOf}
        hint={translate(of === "reporters" ? "reporterHint" : "scoreHint")}
        options={(["areas", "agencies", "reporters"] as const).map((one) => [one, translate(one)] as const)}
      />
      <Shown of={ranking}>
        {(rows) =>
          rows.length === 0 ? (
            <Empty>{translate("noFigures")}</Empty>
          ) : (
            <Table caption={translate("rankings")} rows={rows} columns={columns} keyOf={(one) => one.id} />
          )
        }
      </Shown>
    </div>
  );
}
