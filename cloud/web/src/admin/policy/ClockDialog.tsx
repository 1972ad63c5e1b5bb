// One clock: for what, how many hours for each step, when it reminds and climbs.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { CATEGORIES } from "../../api/registries";
import { Dialog } from "../../parts/dialog";
import { focusFirstWrong } from "../../parts/focus";
import { SelectField, TextField } from "../../parts/form";
import { Checks } from "../Checks";
import { categoryOptions, severityOptions } from "./draft-parts";
import { type Clock, SEVERITIES } from "./useDraft";
import { say } from "./words-policy";

interface DialogProps {
  readonly clock: Clock;
  readonly place: number;
  readonly isNew: boolean;
  readonly onKeep: (clock: Clock) => void;
  readonly onClose: () => void;
}

interface Texts {
  readonly acknowledge: string;
  readonly firstAction: string;
  readonly resolve: string;
  readonly remind: string;
  readonly escalate: string;
}

const textsOf = (clock: Clock): Texts => ({
  acknowledge: String(clock.acknowledge_hours),
  firstAction: String(clock.first_action_hours),
  resolve: String(clock.resolve_hours),
  remind: String(Math.round((clock.remind_at_share ?? 0.75) * 100)),
  escalate: (clock.escalate_at_shares ?? [1, 1.5, 2]).map((one) => Math.round(one * 100)).join(" "),
});

const isRising = (values: readonly number[]): boolean =>
  values.every((value, at) => value > 0 && (at === 0 || value >= (values[at - 1] ?? 0)));

export function ClockDialog({ clock, place, isNew, onKeep, onClose }: DialogProps): VNode {
  const [held, setHeld] = useState(clock);
  const [texts, setTexts] = useState(() => textsOf(clock));
  const set = (key: keyof Texts) => (value: string) => setTexts({ ...texts, [key]: value });
  const steps = [Number(texts.acknowledge), Number(texts.firstAction), Number(texts.resolve)];
  const shares = texts.escalate
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((one) => Number(one) / 100);
  const remind = Number(texts.remind) / 100;
  const isSteps = isRising(steps);
  const isShares = shares.length === 3 && isRising(shares) && (shares[0] ?? 0) >= 1;
  const isRemind = remind > 0 && remind < 1;
  const keep = (event: Event): void => {
    event.preventDefault();
    const [acknowledge_hours = 1, first_action_hours = 1, resolve_hours = 1] = steps;
    const [a = 1, b = 1.5, c = 2] = shares;
    const times = { acknowledge_hours, first_action_hours, resolve_hours };
    if (isSteps && isShares && isRemind)
      onKeep({ ...held, ...times, remind_at_share: remind, escalate_at_shares: [a, b, c] });
    else focusFirstWrong(event.currentTarget as HTMLFormElement);
  };
  return (
    <Dialog title={isNew ? say("addClock") : say("editClock", { n: place })} onClose={onClose} wide>
      <form class="stack" noValidate onSubmit={keep}>
        <Checks
          legend={say("categories")}
          hint={say("noneIsAny")}
          options={categoryOptions(CATEGORIES)}
          chosen={held.categories ?? []}
          onChosen={(categories) => setHeld({ ...held, categories })}
        />
        <Checks
          legend={say("severities")}
          hint={say("noneIsAny")}
          options={severityOptions(SEVERITIES)}
          chosen={held.severities ?? []}
          onChosen={(chosen) => setHeld({ ...held, severities: chosen as Clock["severities"] & {} })}
        />
        <div class="grid">
          <TextField
            label={say("acknowledge")}
            type="number"
            min="0"
            value={texts.acknowledge}
            onValue={set("acknowledge")}
          />
          <TextField
            label={say("firstAction")}
            type="number"
            min="0"
            value={texts.firstAction}
            onValue={set("firstAction")}
          />
          <TextField
            label={say("resolve")}
            type="number"
            min="0"
            value={texts.resolve}
            onValue={set("resolve")}
            wrong={isSteps ? null : say("rises")}
          />
          <SelectField
            label={say("runs")}
            value={held.hours ?? "wall"}
            onValue={(hours) => setHeld({ ...held, hours })}
            options={[
              ["wall", say("wall")],
              ["working", say("working")],
            ]}
          />
          <TextField
            label={say("remind")}
            type="number"
            min="1"
            max="99"
            value={texts.remind}
            onValue={set("remind")}
            wrong={isRemind ? null : "1–99"}
          />
          <TextField
            label={say("escalate")}
            hint={say("escalateHint")}
            value={texts.escalate}
            onValue={set("escalate")}
            wrong={isShares ? null : say("escalateWrong")}
          />
        </div>
        <button type="submit" class="button main">
          {say("take")}
        </button>
      </form>
    </Dialog>
  );
}
