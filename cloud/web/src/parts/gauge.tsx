// How a gauge is shown everywhere: its level, stage, trend, and when it was measured.

import type { VNode } from "preact";
import { byRiverClock } from "../demo/speed";
import type { Gauge } from "../live/city";
import { barOf, stageOf } from "../live/reading";
import { now } from "../shell/now";
import { stageWords, translate, trendWords } from "../words/field";
import { ago, dateAndTime, number } from "../words/format";
import { Icon } from "./icons";
import { StageMark } from "./marks";

export function LevelBar({ gauge }: { gauge: Gauge }): VNode | null {
  const bar = barOf(gauge);
  if (!bar) return null;
  return (
    <svg class="level-bar" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
      {bar.parts.map((part) => (
        <rect
          key={part.stage}
          class={`p${part.stage}${bar.at === null || bar.at <= part.from ? " rest" : ""}`}
          x={part.from}
          y={4}
          width={Math.max(0, part.to - part.from - 0.5)}
          height={6}
        />
      ))}
      {bar.at === null ? null : <rect class="pin" x={Math.min(98.8, bar.at - 0.6)} y={0} width={1.2} height={14} />}
    </svg>
  );
}

const ARROWS: Readonly<Record<string, string>> = { rising: "up", falling: "down", steady: "steady" };

export function Trend({ gauge }: { gauge: Gauge }): VNode | null {
  const arrow = ARROWS[gauge.trend];
  if (gauge.unknown_since || !arrow) return null;
  const rate =
    gauge.trend === "steady" || gauge.rate_cm_per_hour === null
      ? ""
      : ` ${number(Math.abs(byRiverClock(gauge.rate_cm_per_hour)))} ${translate("perHour")}`;
  return (
    <span class="row tight-icon nowrap">
      <Icon name={arrow} /> {trendWords(gauge.trend)}
      {rate}
    </span>
  );
}

export function Measured({ gauge }: { gauge: Gauge }): VNode {
  if (gauge.unknown_since)
    return <span class="warn">{translate("unknownSince", { t: ago(gauge.unknown_since, now.value) })}</span>;
  if (gauge.unknown_cause || !gauge.measured_at) return <span>{translate("noData")}</span>;
  return <span>{translate("measured", { t: ago(gauge.measured_at, now.value) })}</span>;
}

export function Level({ gauge }: { gauge: Gauge }): VNode {
  const isKnown = stageOf(gauge) !== 0 && gauge.level_cm !== null;
  if (!isKnown) return <LastKnown gauge={gauge} />;
  return (
    <span class="nowrap figures">
      <span class="large">{number(gauge.level_cm ?? 0)}</span> cm
    </span>
  );
}

/** What was known before, as history with its time: it says nothing of now. */
export function LastKnown({ gauge }: { gauge: Gauge }): VNode {
  if (gauge.last_level_cm === null || gauge.last_known_at === null) return <span class="soft">–</span>;
  const cm = number(gauge.last_level_cm);
  const t = dateAndTime(gauge.last_known_at);
  return (
    <span class="small soft">
      {gauge.last_stage === null
        ? translate("wasLevel", { cm, t })
        : translate("wasStage", { stage: gauge.last_stage, cm, t })}
    </span>
  );
}

/** A gauge as a card that leads to its own page, or hands it to `choose`. */
export function GaugeCard(props: { gauge: Gauge; extra?: string; choose?: (id: string) => void }): VNode {
  const { gauge, extra, choose } = props;
  const stage = stageOf(gauge);
  const href = `/gauges/${encodeURIComponent(gauge.id)}`;
  const name = `card edge edge-${stage}`;
  const inside = <CardOf gauge={gauge} extra={extra} />;
  if (!choose)
    return (
      <a class={name} href={href} data-gauge={gauge.id}>
        {inside}
      </a>
    );
  return (
    <button type="button" class={`${name} room-row`} data-gauge={gauge.id} onClick={() => choose(gauge.id)}>
      {inside}
    </button>
  );
}

function CardOf({ gauge, extra }: { gauge: Gauge; extra: string | undefined }): VNode {
  const stage = stageOf(gauge);
  return (
    <>
      <span class="row apart">
        <span class="row">
          <StageMark stage={stage} />
          <span>
            <span class="strong">{gauge.name}</span>
            <br />
            <span class="small">{stageWords(stage)}</span>
          </span>
        </span>
        <Level gauge={gauge} />
      </span>
      <UnderName gauge={gauge} extra={extra} />
    </>
  );
}

/** What stands below a gauge's name and level: where on its limits it is, where it is going, how old that is. */
export function UnderName({ gauge, extra }: { gauge: Gauge; extra?: string | undefined }): VNode {
  return (
    <>
      <LevelBar gauge={gauge} />
      <span class="row apart small soft">
        <Trend gauge={gauge} />
        <Measured gauge={gauge} />
        {extra ? <span>{extra}</span> : null}
      </span>
    </>
  );
}
