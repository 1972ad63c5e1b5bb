// What is drawn, as a list, and the settings of the one that is chosen.

import type { VNode } from "preact";
import { SelectField, TextField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { Empty } from "../../parts/layout";
import * as model from "./model";
import { nameOf } from "./Stage";
import type { Easel } from "./useEasel";
import { kindWords, problemWords, translate } from "./words";

interface PanelProps {
  readonly easel: Easel;
  /** What the server states of a field, as `zones.0.id`. */
  readonly wrong: (name: string) => string | null;
}

export function ShapePanel({ easel, wrong }: PanelProps): VNode {
  const { shapes, chosen } = easel;
  return (
    <section class="stack" aria-label={translate("shapes")}>
      <h2>{translate("shapes")}</h2>
      {shapes.length === 0 ? <Empty>{translate("noShapes")}</Empty> : null}
      <ul class="list" id="shapes">
        {shapes.map((shape, index) => {
          const problem = model.problemOf(shapes, index);
          return (
            <li key={index} class={`card edge shape-${shape.kind}`}>
              <div class="row nofold">
                <button
                  type="button"
                  class="button plain grow left"
                  aria-pressed={chosen.shape === index}
                  onClick={() => easel.choose(chosen.shape === index ? null : index, null)}
                >
                  <span class="stack tight left">
                    <span class="strong">{nameOf(shapes, index)}</span>
                    <span class="small soft">{kindWords(shape.kind)}</span>
                  </span>
                </button>
                <button
                  type="button"
                  class="button plain square"
                  aria-label={translate("removeShape", { name: nameOf(shapes, index) })}
                  onClick={() => easel.change(model.removeShape(shapes, index))}
                >
                  <Icon name="trash" />
                </button>
              </div>
              {problem && easel.drawing !== index ? <p class="bad small">{problemWords(problem)}</p> : null}
              {chosen.shape === index && easel.drawing !== index ? (
                <Settings easel={easel} index={index} wrong={wrong} />
              ) : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Settings({ easel, index, wrong }: PanelProps & { index: number }): VNode | null {
  const shape = easel.shapes[index];
  if (!shape) return null;
  const zone = easel.shapes.slice(0, index).filter((one) => one.kind !== "mask").length;
  const set = (change: Partial<model.Shape>, key: string): void =>
    easel.change(
      model.changed(easel.shapes, index, (held) => ({ ...held, ...change })),
      `${index}:${key}`,
    );
  const wrongOf = (key: string): string | null => wrong(`zones.${zone}.${key}`) ?? null;
  return (
    <div class="stack tight">
      <Points easel={easel} />
      <SelectField
        label={translate("kind")}
        value={shape.kind}
        onValue={(kind) => easel.change(model.withKind(easel.shapes, index, kind))}
        options={model.KINDS.map((kind) => [kind, kindWords(kind)] as const)}
      />
      {shape.kind === "mask" ? (
        <p class="small soft">{translate("maskNote")}</p>
      ) : (
        <>
          <TextField
            label={translate("name")}
            hint={translate("nameHint")}
            value={shape.id}
            maxLength={48}
            wrong={wrongOf("id")}
            onValue={(id) => set({ id }, "id")}
          />
          <Numbers shape={shape} wrong={wrongOf} set={(settings) => set({ settings }, Object.keys(settings).join())} />
          <HoursList shape={shape} set={(settings) => set({ settings }, "hours")} />
        </>
      )}
    </div>
  );
}

function Points({ easel }: { easel: Easel }): VNode | null {
  if (easel.chosen.point === null) return null;
  return (
    <div class="row">
      <button type="button" class="button" onClick={easel.split}>
        {translate("addPoint")}
      </button>
      <button type="button" class="button" onClick={easel.removeChosen}>
        {translate("removePoint")}
      </button>
    </div>
  );
}

type NumberKey = "allowed_seconds" | "min_area_share" | "flooded_share" | "clear_share";
const NUMBERS: Readonly<Record<NumberKey, readonly [words: Parameters<typeof translate>[0], times: number]>> = {
  allowed_seconds: ["allowed", 60],
  min_area_share: ["minArea", 0.01],
  flooded_share: ["flooded", 0.01],
  clear_share: ["clear", 0.01],
};

function Numbers(props: {
  shape: model.Shape;
  wrong: (key: string) => string | null;
  set: (settings: model.Settings) => void;
}): VNode {
  const { shape, wrong, set } = props;
  const keys = model.SETTINGS[shape.kind].filter((key): key is NumberKey => key in NUMBERS);
  return (
    <>
      {keys.map((key) => {
        const [words, times] = NUMBERS[key];
        const held = shape.settings[key];
        return (
          <TextField
            key={key}
            label={translate(words)}
            hint={translate("byNode")}
            type="number"
            inputMode="decimal"
            min="0"
            wrong={wrong(key)}
            value={held === null || held === undefined ? "" : String(Number((held / times).toFixed(4)))}
            onValue={(text) => set(withNumber(shape.settings, key, text, times))}
          />
        );
      })}
    </>
  );
}

function withNumber(settings: model.Settings, key: NumberKey, text: string, times: number): model.Settings {
  const { [key]: _, ...rest } = settings;
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) return rest;
  return { ...rest, [key]: Number((value * times).toFixed(6)) };
}

function HoursList({ shape, set }: { shape: model.Shape; set: (settings: model.Settings) => void }): VNode {
  const hours = shape.settings.active ?? [];
  const put = (next: readonly model.Hours[]): void => {
    const { active: _, ...rest } = shape.settings;
    set(next.length > 0 ? { ...rest, active: next } : rest);
  };
  const change = (at: number, part: Partial<model.Hours>): void =>
    put(hours.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <fieldset class="stack tight plain">
      <legend class="strong">{translate("hours")}</legend>
      {hours.length === 0 ? <p class="small soft">{translate("allDay")}</p> : null}
      {hours.map((one, at) => (
        <div class="row" key={at}>
          <TextField label={translate("from")} type="time" value={one.from} onValue={(from) => change(at, { from })} />
          <TextField label={translate("to")} type="time" value={one.to} onValue={(to) => change(at, { to })} />
          <button
            type="button"
            class="button plain square"
            aria-label={translate("removeHours")}
            onClick={() => put(hours.filter((_, index) => index !== at))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      <button
        type="button"
        class="button"
        disabled={hours.length >= 8}
        onClick={() => put([...hours, { from: "06:00", to: "22:00" }])}
      >
        {translate("addHours")}
      </button>
    </fieldset>
  );
}
