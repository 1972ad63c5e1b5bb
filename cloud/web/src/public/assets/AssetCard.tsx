// One pump or gate: its state with the age of the report, what seems wrong, and what is known of it beside.

import type { VNode } from "preact";
import { Icon } from "../../parts/icons";
import { Facts } from "../../parts/layout";
import { now } from "../../shell/now";
import { ago, number, percent } from "../../words/format";
import { either } from "../../words/language";
import { type Asset, shownState } from "./state";
import { originWords, problemWords, stateWords, translate } from "./words";

/** An anomaly below this is one that an operator has to look at before a crew is sent. */
const SURE = 0.9;

export function AssetCard({ asset }: { asset: Asset }): VNode {
  const state = shownState(asset, now.value);
  const edge = asset.anomaly ? 2 : state === "unknown" ? 0 : 4;
  return (
    <div class={`card edge edge-${edge}`} data-asset={asset.id} data-state={state}>
      <div class="row apart">
        <strong>{either(asset.name, asset.name_en || asset.name)}</strong>
        <span class={state === "unknown" ? "soft" : "strong"}>{stateWords(state)}</span>
      </div>
      <p class="small soft">{ageOf(asset, state)}</p>
      {asset.anomaly ? <Problem anomaly={asset.anomaly} /> : null}
      <Facts rows={factsOf(asset, state !== "unknown")} />
    </div>
  );
}

function Problem({ anomaly }: { anomaly: NonNullable<Asset["anomaly"]> }): VNode {
  return (
    <p class="warn">
      <Icon name="warning" /> {problemWords(anomaly.problem)},{" "}
      {translate("since", { t: ago(anomaly.since, now.value) })}
      {". "}
      {translate(anomaly.confidence >= SURE ? "checked" : "doubtful")}
    </p>
  );
}

function ageOf(asset: Asset, state: string): string {
  if (!asset.last) return translate("never");
  const t = ago(asset.last.measured_at, now.value);
  return state === "unknown"
    ? translate("lastKnown", { state: stateWords(asset.last.state), t })
    : translate("reported", { t });
}

function factsOf(asset: Asset, isKnown: boolean): readonly (readonly [string, VNode | string | null])[] {
  const measured = isKnown ? asset.last : null;
  const cm = asset.works_from_cm;
  return [
    [
      translate("gauge"),
      asset.gauge_id ? <a href={`/gauges/${encodeURIComponent(asset.gauge_id)}`}>{asset.gauge_name}</a> : null,
    ],
    [
      translate("duty"),
      cm === null ? null : translate("worksFrom", { state: stateWords(asset.works_as), cm: number(cm) }),
    ],
    [translate("share"), measured && measured.capacity_share !== null ? percent(measured.capacity_share) : null],
    [translate("capacity"), asset.capacity_m3s === null ? null : `${number(asset.capacity_m3s, 2)} m³/s`],
    [translate("power"), measured && measured.power_kw !== null ? `${number(measured.power_kw, 1)} kW` : null],
    [
      translate("difference"),
      measured && measured.level_difference_cm !== null ? `${number(measured.level_difference_cm)} cm` : null,
    ],
    [translate("by"), measured ? originWords(measured.origin) : null],
  ];
}
