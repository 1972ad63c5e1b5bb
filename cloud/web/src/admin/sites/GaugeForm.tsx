// One gauge: made or changed, with the limits of its stages, and how far its box knows of it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, ask, type Schemas } from "../../api/client";
import { city, useCity } from "../../live/city";
import { SelectField, TextField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { StageMark } from "../../parts/marks";
import { toast } from "../../parts/toasts";
import { AreaPicker } from "../people/AreaPicker";
import { useSaving } from "../saving";
import { BoxField, IdField, isId, NameFields, SiteForm } from "./form-parts";
import { isNoNumber, limitFaults, shown, typed } from "./numbers";
import { PlaceFields, spotOf } from "./PlaceFields";
import { say } from "./words";

type Gauge = Schemas["GaugeEntry"];

interface Draft {
  readonly id: string;
  readonly name: string;
  readonly nameEn: string;
  readonly river: string;
  readonly box: string | null;
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
  box: gauge?.node_id ?? null,
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
function wishOf(draft: Draft): Schemas["GaugeUpdate"] | null {
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
    node_id: draft.box,
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
  const wish = wishOf(draft);
  const saving = useSaving(async () => {
    if (wish === null) return;
    const params = { path: { site_id: draft.id }, header: { "if-match": version } };
    const saved = await ask(api.PUT("/api/v1/admin/sites/gauges/{site_id}", { params, body: wish }));
    setVersion(saved.version);
    toast(say(draft.box ? "savedSent" : "saved"), "good");
    if (gauge) again();
    else route(`/admin/edit/gauge/${draft.id}`);
  });
  const { wrong } = saving;
  return (
    <SiteForm saving={saving} again={gauge ? again : undefined} isWrong={wish === null} onTried={() => setTried(true)}>
      {gauge ? null : (
        <IdField value={draft.id} onValue={(id) => change({ id })} isTried={isTried} wrong={wrong("id")} />
      )}
      <NameFields name={draft.name} nameEn={draft.nameEn} onName={change} isTried={isTried} wrong={wrong} />
      <div class="grid">
        <TextField
          label={say("river")}
          name="river"
          value={draft.river}
          onValue={(river) => change({ river })}
          maxLength={120}
          wrong={wrong("river")}
        />
        <BoxField value={draft.box} onValue={(box) => change({ box })} wrong={wrong("node_id")} />
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
    return wrong(`${key}_cm`) ?? (found ? say(found) : null);
  };
  return (
    <fieldset class="stack tight plain">
      <legend class="strong">{say("limits")}</legend>
      <p class="small soft">{say("limitsHint")}</p>
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
                label={say(key)}
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
  const needed = (text: string): string | null => (isNoNumber(text) ? say("numberWrong") : null);
  return (
    <div class="grid">
      <TextField
        label={say("hysteresis")}
        name="hysteresis"
        inputMode="decimal"
        value={draft.hysteresis}
        onValue={(hysteresis) => change({ hysteresis })}
        wrong={wrong("hysteresis_cm") ?? needed(draft.hysteresis)}
      />
      <TextField
        label={say("stale")}
        name="stale"
        inputMode="numeric"
        value={draft.stale}
        onValue={(stale) => change({ stale })}
        wrong={wrong("stale_seconds") ?? needed(draft.stale)}
      />
      <SelectField
        label={say("below")}
        value={draft.below}
        onValue={(below) => change({ below })}
        options={[["", say("none")], ...own, ...others.map((one) => [one.id, one.name] as const)]}
        wrong={wrong("downstream_id")}
      />
      <TextField
        label={say("travel")}
        name="travel"
        inputMode="decimal"
        value={draft.travel}
        onValue={(travel) => change({ travel })}
        wrong={wrong("travel_minutes") ?? (Number.isNaN(typed(draft.travel)) ? say("numberWrong") : null)}
      />
      <TextField
        label={say("datum")}
        name="datum"
        hint={say("datumHint")}
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
      <legend class="strong">{say("warns")}</legend>
      <p class="small soft">{say("warnsHint")}</p>
      <ul class="row">
        {draft.warns.map((one) => (
          <li key={one.id} class="tag">
            {one.name}
            <button
              type="button"
              class="button plain square"
              aria-label={say("warnsNoMore", { name: one.name })}
              onClick={() => change({ warns: without(one.id) })}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <AreaPicker
        label={say("warnsMore")}
        value={null}
        name={null}
        wrong={wrong("warns")}
        onValue={(id, name) => id && change({ warns: [...without(id), { id, name: name ?? id }] })}
      />
    </fieldset>
  );
}
