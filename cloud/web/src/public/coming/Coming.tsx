// Whether water is coming to an area: one sentence, how sure it is, and the gauges from upstream to here.

import type { VNode } from "preact";
import type { Gauge } from "../../live/city";
import { stageOf } from "../../live/reading";
import { Level } from "../../parts/gauge";
import { StageMark } from "../../parts/marks";
import { ShareButton } from "../../parts/share";
import { NotKnownNow } from "../../published/Age";
import type { Area, AreaWater } from "../../published/files";
import { sentenceOf as streetSentence } from "../../roads/depth";
import { translate as roadWords } from "../../roads/words";
import { now } from "../../shell/now";
import type { Stage } from "../../words/field";
import { dateAndTime, span } from "../../words/format";
import { NotifyMe } from "../subscribing/NotifyMe";
import { NearSnapshot } from "./NearSnapshot";
import { Shelters } from "./Shelters";
import { alsoUnknown, certaintyOf, sentenceOf } from "./sentence";
import { translate } from "./words";

interface ComingProps {
  readonly area: Area;
  readonly gauges: readonly Gauge[];
  /** The file is too old to be read as the present. */
  readonly old: boolean;
}

export function Coming({ area, gauges, old }: ComingProps): VNode {
  const rivers = area.water ?? [];
  return (
    <section class="stack tight" id="coming" aria-labelledby="coming-title">
      <h2 id="coming-title">{translate("title", { area: area.name })}</h2>
      {old ? <NotKnownNow /> : null}
      {rivers.length === 0 ? <p class="soft">{translate("noGauge")}</p> : null}
      {old
        ? null
        : rivers.map((one) => <River key={one.strip.at(-1)?.gauge_id} water={one} area={area} gauges={gauges} />)}
      {old ? null : <Streets area={area} />}
      <p class="row">
        <NotifyMe areaId={area.id} name={area.name} />
        {old || rivers.length === 0 ? null : (
          <ShareButton
            path={`/areas/${encodeURIComponent(area.id)}`}
            label={translate("share")}
            text={answerOf(area, rivers, gauges)}
          />
        )}
      </p>
      {area.camera ? <NearSnapshot camera={area.camera} area={area.name} /> : null}
      <Shelters area={area} />
    </section>
  );
}

/** How deep the streets of the area are, as far as it is known. */
function Streets({ area }: { area: Area }): VNode | null {
  const streets = area.streets ?? [];
  if (streets.length === 0) return null;
  return (
    <div class="card stack tight" id="street-depths">
      <h3>{translate("streets")}</h3>
      <ul class="list">
        {streets.map((one) => (
          <li key={one.id}>{streetSentence(one, now.value)}</li>
        ))}
      </ul>
      <p class="small soft">{roadWords("interval")}</p>
    </div>
  );
}

/** What is passed on: with the time of the state, because it is read later. */
function answerOf(area: Area, rivers: readonly AreaWater[], gauges: readonly Gauge[]): string {
  const names = new Map(gauges.map((one) => [one.id, one.name]));
  const nameOf = (id: string): string => names.get(id) ?? id;
  const answers = rivers.flatMap((one) => [sentenceOf(one, nameOf), certaintyOf(one), alsoUnknown(one, nameOf)]);
  const answer = answers.filter((one) => one !== null).join(" ");
  return translate("asOf", { area: area.name, t: dateAndTime(area.generated_at), answer });
}

/** The stage that is expected here; where it is not known, that of the water that comes. */
function gravityOf({ answer, stage, from_id: from }: AreaWater, gauges: ReadonlyMap<string, Gauge>): Stage {
  if (answer === "calm" || answer === "unknown") return answer === "calm" ? 4 : 0;
  if (stage !== null) return stage as Stage;
  const source = gauges.get(from ?? "");
  return source ? stageOf(source) : 0;
}

function River({ water, area, gauges }: { water: AreaWater; area: Area; gauges: readonly Gauge[] }): VNode {
  const byId = new Map(gauges.map((one) => [one.id, one]));
  const nameOf = (id: string): string => byId.get(id)?.name ?? id;
  const edge = gravityOf(water, byId);
  const [sure, unknown] = [certaintyOf(water), alsoUnknown(water, nameOf)];
  return (
    <div class={`card edge edge-${edge} coming`} data-answer={water.answer}>
      <p class="row nofold">
        <StageMark stage={edge} />
        <span class="large">{sentenceOf(water, nameOf)}</span>
      </p>
      {sure ? <p class="small soft">{sure}</p> : null}
      {unknown ? <p class="small warn">{unknown}</p> : null}
      {water.strip.length > 1 ? (
        <ol class="strip" aria-label={translate("strip")}>
          {water.strip.map((step) => (
            <Step key={step.gauge_id} step={step} gauge={byId.get(step.gauge_id)} area={area.name} />
          ))}
        </ol>
      ) : null}
    </div>
  );
}

function Step(props: { step: AreaWater["strip"][number]; gauge: Gauge | undefined; area: string }): VNode | null {
  const { step, gauge, area } = props;
  if (!gauge) return null;
  return (
    <li>
      <a class="strip-step" href={`/gauges/${encodeURIComponent(gauge.id)}`}>
        <StageMark stage={stageOf(gauge)} />
        <span class="strong">{gauge.name}</span>
        <span class="strip-level">
          <Level gauge={gauge} />
        </span>
        <span class="small soft">{travelOf(step.minutes, area)}</span>
      </a>
    </li>
  );
}

function travelOf(minutes: number | null, area: string): string {
  if (minutes === 0) return translate("hereGauge", { area });
  return minutes === null ? translate("travelUnknown") : translate("travel", { t: span(minutes * 60) });
}
