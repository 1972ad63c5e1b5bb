// One gauge in the control room: its level and limits, the last day and the hours ahead, or since when nothing is known.

import type { VNode } from "preact";
import { city, type Gauge } from "../live/city";
import { stageOf } from "../live/reading";
import { Level, LevelBar, Measured, Trend } from "../parts/gauge";
import { Banner, Empty, Facts } from "../parts/layout";
import { LevelChart } from "../parts/levels/LevelChart";
import { StageMark } from "../parts/marks";
import { now } from "../shell/now";
import { stageWords } from "../words/field";
import { ago, number, span } from "../words/format";
import { useLevels } from "./levels";
import { replay } from "./replay/replay";
import { translate } from "./words";

/** Of a past minute only the gauge itself is drawn: the others would be drawn up to now. */
const NO_OTHERS: readonly Gauge[] = [];

export function GaugePanel({ id }: { id: string }): VNode {
  const gauge = city.gauge.value.get(id);
  return gauge ? <Content gauge={gauge} /> : <Empty>{translate("noGauge")}</Empty>;
}

function Content({ gauge }: { gauge: Gauge }): VNode {
  const { readings, forecast } = useLevels(gauge);
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
      {readings ? (
        <LevelChart
          gauge={gauge}
          readings={readings}
          ahead={forecast?.points ?? []}
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
