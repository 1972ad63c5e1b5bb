// The answer to "is the water coming?": in plain words, what to do, and how old it is.

import type { VNode } from "preact";
import type { Gauge } from "../live/city";
import { stageOf } from "../live/reading";
import { Trend } from "../parts/gauge";
import { Icon } from "../parts/icons";
import { StageMark } from "../parts/marks";
import { now } from "../shell/now";
import { type Stage, stageWords } from "../words/field";
import { ago, number } from "../words/format";
import { translate } from "./words";

const NAMED = 2;
const HIGH = { 1: "high1", 2: "high2", 3: "high3" } as const;
const TO_DO = { 1: "toDo1", 2: "toDo2", 3: "toDo3" } as const;

interface HeadlineProps {
  readonly gauges: readonly Gauge[];
  /** Those near the reader, where the place is known. */
  readonly near: readonly Gauge[];
  readonly warnings: number;
  /** Alerts that rest on reports which nobody confirmed. */
  readonly unconfirmed: number;
}

export function Headline({ gauges, near, warnings, unconfirmed }: HeadlineProps): VNode {
  const isNear = near.length > 0;
  const { stage: known, there } = worstOf(isNear ? near : gauges);
  const silentHere = silentOf(isNear ? near : gauges);
  // Normal water elsewhere says nothing of the gauges of which nothing is known.
  const isHidden = known === 4 && silentHere > 0;
  const stage = isHidden ? 0 : known;
  return (
    <div class={`card edge edge-${stage === 4 && warnings > 0 ? 2 : stage}`} id="headline" role="status">
      <div class="row nofold">
        <StageMark stage={stage} big />
        <div class="stack tight">
          <p class="large">
            {isNear ? `${translate("nearYou")}: ` : ""}
            {isHidden
              ? translate("someUnknown", { n: silentHere })
              : answer(stage, there, isNear, warnings, unconfirmed)}
          </p>
          {stage === 0 ? <p class="soft">{translate("silentText")}</p> : <Now stage={stage} there={there} />}
          {isHidden ? <p class="small soft">{translate("normalElsewhere", { n: there.length })}</p> : null}
        </div>
      </div>
      {stage !== 0 && stage !== 4 && warnings === 0 ? (
        <p class="to-do row nofold">
          <Icon name="check" />
          <span>{translate(TO_DO[stage])}</span>
        </p>
      ) : null}
      <Elsewhere gauges={gauges} stage={known} />
      <Unknown n={silentOf(gauges)} isStated={stage === 0 && !isNear} />
    </div>
  );
}

function Elsewhere({ gauges, stage }: { gauges: readonly Gauge[]; stage: Stage }): VNode | null {
  const elsewhere = worstOf(gauges);
  if (elsewhere.stage === 0 || elsewhere.stage >= stage) return null;
  return (
    <p class="warn">
      {translate("elsewhere")}: {stageWords(elsewhere.stage)}, {names(elsewhere.there)}
    </p>
  );
}

function Unknown({ n, isStated }: { n: number; isStated: boolean }): VNode | null {
  return n > 0 && !isStated ? <p class="small warn">{translate("unknownGauges", { n })}</p> : null;
}

const silentOf = (gauges: readonly Gauge[]): number => gauges.filter((one) => stageOf(one) === 0).length;

function worstOf(gauges: readonly Gauge[]): { stage: Stage; there: readonly Gauge[] } {
  const known = gauges.map(stageOf).filter((stage) => stage !== 0);
  const stage = (known.length > 0 ? Math.min(...known) : 0) as Stage;
  return { stage, there: gauges.filter((one) => stageOf(one) === stage) };
}

/** A calm sentence only where every gauge that counts is known. */
function answer(stage: Stage, there: readonly Gauge[], isNear: boolean, warnings: number, unconfirmed: number): string {
  if (stage === 0) return translate("noneKnown");
  if (stage !== 4) return translate(HIGH[stage], named(there));
  if (warnings > 0) return translate("calmButWarned");
  if (unconfirmed > 0) return translate("calmButReported");
  return translate(isNear ? "calmNear" : "calm");
}

function names(there: readonly Gauge[]): string {
  const first = there
    .slice(0, NAMED)
    .map((one) => one.name)
    .join(", ");
  return there.length > NAMED ? `${first} ${translate("andMore", { n: there.length - NAMED })}` : first;
}

const named = (there: readonly Gauge[]): { names: string } => ({ names: names(there) });

/** The stage by its official name, the level where it is one gauge's, and when the newest of them was measured. */
function Now({ stage, there }: { stage: Stage; there: readonly Gauge[] }): VNode {
  const only = there.length === 1 ? there[0] : undefined;
  const newest = there.reduce((at, one) => (one.measured_at && one.measured_at > at ? one.measured_at : at), "");
  return (
    <>
      <p>
        {stageWords(stage)}
        {only && only.level_cm !== null ? ` · ${number(only.level_cm)} cm` : ""}
      </p>
      {only && stage !== 4 ? <Trend gauge={only} /> : null}
      {newest ? <p class="small soft">{translate("newestData", { t: ago(newest, now.value) })}</p> : null}
    </>
  );
}
