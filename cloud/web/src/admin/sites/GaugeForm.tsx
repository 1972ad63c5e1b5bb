// One gauge: made or changed, with the limits of its stages, and how far its node knows of it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request, type Schemas } from "../../api/client";
import { city, useCity } from "../../live/city";
import { SelectField, TextField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { StageMark } from "../../parts/marks";
import { toast } from "../../parts/toasts";
import { AreaPicker } from "../people/AreaPicker";
import { useSaving } from "../saving";
import { IdField, isId, NameFields, NodeField, SiteForm } from "./form-parts";
import { isNoNumber, limitFaults, shown, typed } from "./numbers";
import { PlaceFields, spotOf } from "./PlaceFields";
import { translate } from "./words";

type Gauge = Schemas["GaugeEntry"];

interface Draft {
  readonly id: string;
  readonly name: string;
  readonly nameEn: string;
  readonly river: string;
  readonly nodeId: string | null;
  readonly place: { readonly lat: string; readonly lon: string };
  readonly s3: string;
  readonly s2: string;
  readonly s1: string;
  readonly hysteresis: string;
  readonly stale: string;
  readonly below: string;
  readonly travel: string;
  readonly datum: string;
  readonly warns: readonly Area[];
}
interface Area {
  readonly id: string;
  readonly name: string;
}

const warnedOf = (gauge: Gauge): readonly Area[] =>
  gauge.warns.map((id, index) => ({ id, name: gauge.warned_names[index] ?? id }));

const limitsOf = (gauge: Gauge | null): { s3: string; s2: string; s1: string } => ({
  s3: shown(gauge?.s3_cm ?? null),
  s2: shown(gauge?.s2_cm ?? null),
  s1: shown(gauge?.s1_cm ?? null),
});

const draftOf = (gauge: Gauge | null): Draft => ({
  id: gauge?.id ?? "",
  name: gauge?.name ?? "",
  nameEn: gauge?.name_en ?? "",
  river: gauge?.river ?? "",
  nodeId: gauge?.node_id ?? null,
  place: { lat: shown(gauge?.lat ?? null), lon: shown(gauge?.lon ?? null) },
  ...limitsOf(gauge),
  hysteresis: shown(gauge?.hysteresis_cm ?? 5),
  stale: shown(gauge?.stale_seconds ?? 900),
  below: gauge?.downstream_id ?? "",
  travel: shown(gauge?.travel_minutes ?? null),
  datum: shown(gauge?.datum_cm ?? 0),
  warns: gauge ? warnedOf(gauge) : [],
});

/** What is sent; null while something is no number or missing. */
function updateOf(draft: Draft): Schemas["GaugeUpdate"] | null {
  const [spot, hysteresis, stale, travel, datum] = [
    spotOf(draft.place),
    typed(draft.hysteresis),
    typed(draft.stale),
    typed(draft.travel),
    typed(draft.datum),
  ];
  const isWrong = Object.keys(limitFaults(draft.s3, draft.s2, draft.s1)).length > 0;
  if (spot === null || isWrong || hysteresis === null || stale === null || datum === null) return null;
  if ([hysteresis, stale, travel, datum].some(Number.isNaN) || !isId(draft.id) || draft.name.trim() === "") return null;
  return {
    name: draft.name,
    name_en: draft.nameEn,
    river: draft.river,
    node_id: draft.nodeId,
    ...spot,
    s3_cm: typed(draft.s3),
    s2_cm: typed(draft.s2),
    s1_cm: typed(draft.s1),
    hysteresis_cm: hysteresis,
    stale_seconds: stale,
    downstream_id: draft.below || null,
    travel_minutes: travel,
    datum_cm: datum,
    warns: draft.warns.map((one) => one.id),
  };
}

export function GaugeForm({ gauge, again }: { gauge: Gauge | null; again: () => void }): VNode {
  const { route } = useLocation();
  const [draft, setDraft] = useState(() => draftOf(gauge));
  const [isTried, setTried] = useState(false);
  const [version, setVersion] = useState(gauge?.version ?? "new");
  const change = (more: Partial<Draft>): void => setDraft((before) => ({ ...before, ...more }));
  const update = updateOf(draft);
  const saving = useSaving(async () => {
    if (update === null) return;
    const params = { path: { site_id: draft.id }, header: { "if-match": version } };
    const saved = await request(api.PUT("/api/v1/admin/sites/gauges/{site_id}", { params, body: update }));
    setVersion(saved.version);
    toast(translate(draft.nodeId ? "savedSent" : "saved"), "good");
    if (gauge) again();
    else route(`/admin/edit/gauge/${draft.id}`);
  });
  const { wrong } = saving;
  return (
    <SiteForm
      saving={saving}
      again={gauge ? again : undefined}
      isWrong={update === null}
      onTried={() => setTried(true)}
    >
      {gauge ? null : (
        <IdField value={draft.id} onValue={(id) => change({ id })} isTried={isTried} wrong={wrong("id")} />
      )}
      <NameFields name={draft.name} nameEn={draft.nameEn} onName={change} isTried={isTried} wrong={wrong} />
      <div class="grid">
        <TextField
          label={translate("river")}
          name="river"
          value={draft.river}
          onValue={(river) => change({ river })}
          maxLength={120}
          wrong={wrong("river")}
        />
        <NodeField value={draft.nodeId} onValue={(nodeId) => change({ nodeId })} wrong={wrong("node_id")} />
      </div>
      <PlaceFields place={draft.place} onPlace={(place) => change({ place })} isTried={isTried} wrong={wrong} />
      <Limits draft={draft} change={change} wrong={wrong} />
      <River draft={draft} change={change} wrong={wrong} />
      <Warned draft={draft} change={change} wrong={wrong} />
    </SiteForm>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly change: (more: Partial<Draft>) => void;
  readonly wrong: (name: string) => string | null;
}

function Limits({ draft, change, wrong }: PartProps): VNode {
  const faults = limitFaults(draft.s3, draft.s2, draft.s1);
  const fault = (key: "s3" | "s2" | "s1"): string | null => {
    const found = faults[key];
    return wrong(`${key}_cm`) ?? (found ? translate(found) : null);
  };
  return (
    <fieldset class="stack tight plain">
      <legend class="strong">{translate("limits")}</legend>
      <p class="small soft">{translate("limitsHint")}</p>
      <div class="grid">
        {(
          [
            ["s3", 3],
            ["s2", 2],
            ["s1", 1],
          ] as const
        ).map(([key, stage]) => (
          <div key={key} class="row limit">
            <StageMark stage={stage} />
            <div class="grow">
              <TextField
                label={translate(key)}
                name={key}
                inputMode="decimal"
                value={draft[key]}
                onValue={(text) => change({ [key]: text })}
                wrong={fault(key)}
              />
            </div>
          </div>
        ))}
      </div>
    </fieldset>
  );
}

function River({ draft, change, wrong }: PartProps): VNode {
  useCity("gauge");
  const others = [...city.gauge.value.values()].filter((one) => one.id !== draft.id);
  const known = others.some((one) => one.id === draft.below);
  const own = draft.below && !known ? [[draft.below, draft.below] as const] : [];
  const needed = (text: string): string | null => (isNoNumber(text) ? translate("numberWrong") : null);
  return (
    <div class="grid">
      <TextField
        label={translate("hysteresis")}
        name="hysteresis"
        inputMode="decimal"
        value={draft.hysteresis}
        onValue={(hysteresis) => change({ hysteresis })}
        wrong={wrong("hysteresis_cm") ?? needed(draft.hysteresis)}
      />
      <TextField
        label={translate("stale")}
        name="stale"
        inputMode="numeric"
        value={draft.stale}
        onValue={(stale) => change({ stale })}
        wrong={wrong("stale_seconds") ?? needed(draft.stale)}
      />
      <SelectField
        label={translate("below")}
        value={draft.below}
        onValue={(below) => change({ below })}
        options={[["", translate("none")], ...own, ...others.map((one) => [one.id, one.name] as const)]}
        wrong={wrong("downstream_id")}
      />
      <TextField
        label={translate("travel")}
        name="travel"
        inputMode="decimal"
        value={draft.travel}
        onValue={(travel) => change({ travel })}
        wrong={wrong("travel_minutes") ?? (Number.isNaN(typed(draft.travel)) ? translate("numberWrong") : null)}
      />
      <TextField
        label={translate("datum")}
        name="datum"
        hint={translate("datumHint")}
        inputMode="decimal"
        value={draft.datum}
        onValue={(datum) => change({ datum })}
        wrong={wrong("datum_cm") ?? needed(draft.datum)}
      />
    </div>
  );
}

/** The areas whose people it warns, as the city publishes them. */
function Warned({ draft, change, wrong }: PartProps): VNode {
  const without = (id: string): readonly Area[] => draft.warns.filter((one) => one.id !== id);
  return (
    <fieldset class="stack tight plain" id="warns">
      <legend class="strong">{translate("warns")}</legend>
      <p class="small soft">{translate("warnsHint")}</p>
      <ul class="row">
        {draft.warns.map((one) => (
          <li key={one.id} class="tag">
            {one.name}
            <button
              type="button"
              class="button plain square"
              aria-label={translate("warnsNoMore", { name: one.name })}
              onClick={() => change({ warns: without(one.id) })}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <AreaPicker
        label={translate("warnsMore")}
        value={null}
        name={null}
        wrong={wrong("warns")}
        onValue={(id, name) => id && change({ warns: [...without(id), { id, name: name ?? id }] })}
      />
    </fieldset>
  );
}
