// One gauge in the control room: its level and limits, the last day and the hours ahead, or since when nothing is known.

import type { VNode } from "preact";
import { api, request } from "../api/client";
import { city, type Gauge } from "../live/city";
import { stageOf } from "../live/reading";
import { Level, LevelBar, Measured, Trend } from "../parts/gauge";
import { Banner, Empty, Facts } from "../parts/layout";
import { LevelChart } from "../parts/levels/LevelChart";
import { useLoad } from "../parts/load";
import { StageMark } from "../parts/marks";
import { now } from "../shell/now";
import { stageWords } from "../words/field";
import { ago, number, span } from "../words/format";
import { replay } from "./replay/replay";
import { translate } from "./words";

/** Of a past minute only the gauge itself is drawn: the others would be drawn up to now. */
const NO_OTHERS: readonly Gauge[] = [];

export function GaugePanel({ id }: { id: string }): VNode {
  const gauge = city.gauge.value.get(id);
  return gauge ? <Content gauge={gauge} /> : <Empty>{translate("noGauge")}</Empty>;
}

function Content({ gauge }: { gauge: Gauge }): VNode {
  const path = { gauge_id: gauge.id };
  const until = replay.value?.state?.at;
  const query = { limit: 2000, ...(until ? { to: until } : {}) };
  const readings = useLoad(
    () => request(api.GET("/api/v1/gauges/{gauge_id}/readings", { params: { path, query } })),
    [gauge.id, gauge.measured_at, until],
  );
  // What was forecast at a past minute is not shown: the newest forecast knows what came after it.
  const forecast = useLoad(
    async () =>
      replay.value ? null : await request(api.GET("/api/v1/gauges/{gauge_id}/forecast", { params: { path } })),
    [gauge.id, gauge.measured_at, until],
  );
  const limits = [
    [3, gauge.s3_cm],
    [2, gauge.s2_cm],
    [1, gauge.s1_cm],
  ] as const;
  const below = gauge.downstream_id ? city.gauge.value.get(gauge.downstream_id) : undefined;
  const stage = stageOf(gauge);
  return (
    <div class="stack" id="gauge">
      <header class="row apart nofold gauge-head">
        <div class="row nofold">
          <StageMark stage={stage} big />
          <div>
            <h2>{gauge.name}</h2>
            <p class="small soft">
              {gauge.river} · <Measured gauge={gauge} />
            </p>
          </div>
        </div>
        <div class="nowrap">
          <Level gauge={gauge} />
          <Trend gauge={gauge} />
        </div>
      </header>
      {stage === 0 ? <Dead gauge={gauge} /> : null}
      <LevelBar gauge={gauge} />
      {readings.data ? (
        <LevelChart
          gauge={gauge}
          readings={readings.data}
          ahead={forecast.data?.points ?? []}
          others={replay.value ? NO_OTHERS : [...city.gauge.value.values()].filter((one) => one.id !== gauge.id)}
          label={translate("hydrograph", { name: gauge.name })}
        />
      ) : null}
      <Facts
        rows={[
          ...limits.map(([one, cm]) => [stageWords(one), cm === null ? null : `≥ ${number(cm)} cm`] as const),
          [
            translate("below"),
            below && gauge.travel_minutes ? `${below.name}, ${span(gauge.travel_minutes * 60)}` : (below?.name ?? null),
          ],
        ]}
      />
      <p class="small">
        <a href={`/gauges/${encodeURIComponent(gauge.id)}`}>{translate("gaugePage")}</a>
      </p>
    </div>
  );
}

/** Silence is not low water. */
function Dead({ gauge }: { gauge: Gauge }): VNode {
  const since = gauge.unknown_since ?? gauge.measured_at;
  return (
    <Banner kind="warn" icon="warning">
      <p class="strong">{since ? translate("deadSince", { t: ago(since, now.value) }) : translate("neverSpoke")}</p>
      <p>{translate("notDry")}</p>
    </Banner>
  );
}
