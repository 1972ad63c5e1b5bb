// The levels of a gauge over a span of time, the same wherever they are shown: with limits, forecast, other gauges, as a chart,
// a table and a file.

import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import { api, request, type Schemas } from "../../api/client";
import type { Gauge } from "../../live/city";
import { now } from "../../shell/now";
import { SelectField } from "../form";
import { Empty, Failed, Loading } from "../layout";
import { useLoad } from "../load";
import { Canvas } from "./Canvas";
import { type Ahead, during, gapsOf, type Sample, samplesOf, samplesOfHours } from "./frame";
import { Legend, type LegendLine } from "./Legend";
import { isByHour, type Period, periodOf, RANGES, type Range } from "./ranges";
import { SampleTable } from "./SampleTable";
import { rangeWords, translate } from "./words";

interface LevelChartProps {
  readonly gauge: Gauge;
  /** Of the last day, kept up to date by whoever shows the chart. */
  readonly readings: readonly Schemas["Reading"][];
  readonly ahead: readonly Ahead[];
  /** What it can be compared with. */
  readonly others: readonly Gauge[];
  readonly label: string;
}

const MOST_COMPARED = 3;
// The same objects each time: the chart is drawn anew when they change.
const NO_LINES: readonly (readonly Sample[])[] = [];
const NO_FORECAST: readonly Ahead[] = [];

export function LevelChart({ gauge, readings, ahead, others, label }: LevelChartProps): VNode {
  const [range, setRange] = useState<Range>("24h");
  const [own, setOwn] = useState<Period | null>(null);
  const [compared, setCompared] = useState<readonly string[]>([]);
  const period = useMemo(() => periodOf(range, now.value, own), [range, own, readings]);
  const isLong = isByHour(period);
  const isRecent = range === "6h" || range === "24h";
  const loaded = useLoad(
    async () => (isRecent ? null : samplesDuring(gauge.id, period)),
    [gauge.id, range, own, isRecent],
  );
  const beside = useLoad(() => Promise.all(compared.map((id) => samplesDuring(id, period))), [compared, range, own]);
  const samples = useMemo(
    () => during(isRecent ? samplesOf(readings) : (loaded.data ?? []), period),
    [readings, loaded.data, period],
  );
  const named = compared.map((id) => others.find((one) => one.id === id)?.name ?? id);
  const limits = [[3, gauge.s3_cm] as const, [2, gauge.s2_cm] as const, [1, gauge.s1_cm] as const];
  const coming = useMemo(() => ahead, [ahead.length, ahead[0]?.at, ahead[0]?.level_cm]);
  const shownAhead = isLong || range === "own" || coming.length === 0 ? NO_FORECAST : coming;
  return (
    <div class="stack tight level-chart">
      <Ranges range={range} choose={setRange} />
      {range === "own" ? <OwnPeriod period={period} choose={setOwn} /> : null}
      {loaded.error ? <Failed error={loaded.error} again={loaded.again} /> : null}
      {samples.length < 2 ? (
        <Nothing isLoading={!isRecent && loaded.data === null && loaded.error === null} />
      ) : (
        <Canvas
          samples={samples}
          ahead={shownAhead}
          others={beside.data ?? NO_LINES}
          limits={limits}
          period={period}
          gaps={gapsOf(samples, Math.min(period.to, now.value))}
          label={label}
        />
      )}
      <Legend lines={legendOf(gauge, isLong, shownAhead.length > 0, named)} />
      {others.length > 0 ? (
        <SelectField
          label={translate("compare")}
          value=""
          onValue={(id) => setCompared(toggled(compared, id))}
          options={[
            ["", named.length > 0 ? named.join(", ") : translate("compareNone")],
            ...others.map((one) => [one.id, `${compared.includes(one.id) ? "✓ " : ""}${one.name}`] as const),
          ]}
          hint={named.length > 0 ? translate("ownZero") : undefined}
        />
      ) : null}
      <SampleTable id={gauge.id} name={gauge.name} samples={samples} />
    </div>
  );
}

/** What is not there yet is not called nothing. */
const Nothing = ({ isLoading }: { isLoading: boolean }): VNode =>
  isLoading ? <Loading /> : <Empty>{translate("nothing")}</Empty>;

async function samplesDuring(id: string, period: Period): Promise<readonly Sample[]> {
  const query = { from: new Date(period.from).toISOString(), to: new Date(period.to).toISOString() };
  const path = { gauge_id: id };
  if (isByHour(period))
    return samplesOfHours(await request(api.GET("/api/v1/gauges/{gauge_id}/hours", { params: { path, query } })));
  const params = { path, query: { ...query, limit: 10_000 } };
  return samplesOf(await request(api.GET("/api/v1/gauges/{gauge_id}/readings", { params })));
}

/** Chosen again, it is taken out; beyond the most the first makes room. */
function toggled(compared: readonly string[], id: string): readonly string[] {
  if (id === "") return [];
  return compared.includes(id) ? compared.filter((one) => one !== id) : [...compared, id].slice(-MOST_COMPARED);
}

function legendOf(gauge: Gauge, isLong: boolean, hasAhead: boolean, others: readonly string[]): readonly LegendLine[] {
  return [
    { words: `${gauge.name}: ${translate(isLong ? "hourly" : "level")}`, look: "own" },
    ...(hasAhead ? [{ words: translate("forecast"), look: "ahead" } as const] : []),
    ...others.map((words, at) => ({ words, look: at as 0 | 1 | 2 })),
  ];
}

function Ranges({ range, choose }: { range: Range; choose: (range: Range) => void }): VNode {
  return (
    <fieldset class="row ranges">
      <legend class="for-ears">{translate("range")}</legend>
      {RANGES.map((one) => (
        <button
          key={one}
          type="button"
          class="button small"
          data-range={one}
          aria-pressed={one === range}
          onClick={() => choose(one)}
        >
          {rangeWords(one)}
        </button>
      ))}
    </fieldset>
  );
}

const dayOf = (at: number): string => {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 10);
};

/** By days, the last one whole. */
function OwnPeriod({ period, choose }: { period: Period; choose: (own: Period) => void }): VNode {
  const [from, setFrom] = useState(dayOf(period.from));
  const [until, setUntil] = useState(dayOf(period.to));
  const change = (first: string, last: string): void => {
    setFrom(first);
    setUntil(last);
    const own = { from: Date.parse(`${first}T00:00`), to: Date.parse(`${last}T23:59:59`) };
    if (own.from < own.to) choose(own);
  };
  return (
    <div class="row">
      <label class="field">
        <span class="label">{translate("from")}</span>
        <input
          class="input"
          type="date"
          value={from}
          max={until}
          onChange={(event) => change(event.currentTarget.value, until)}
        />
      </label>
      <label class="field">
        <span class="label">{translate("until")}</span>
        <input
          class="input"
          type="date"
          value={until}
          min={from}
          onChange={(event) => change(from, event.currentTarget.value)}
        />
      </label>
    </div>
  );
}
