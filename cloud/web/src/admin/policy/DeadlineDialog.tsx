// One deadline: for what, how many hours for each step, when it reminds and climbs.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { CATEGORIES } from "../../api/registries";
import { Dialog } from "../../parts/dialog";
import { focusFirstWrong } from "../../parts/focus";
import { SelectField, TextField } from "../../parts/form";
import { Checks } from "../Checks";
import { categoryOptions, severityOptions } from "./draft-parts";
import { type Deadline, SEVERITIES } from "./useDraft";
import { translate } from "./words-policy";

interface DialogProps {
  readonly deadline: Deadline;
  readonly place: number;
  readonly isNew: boolean;
  readonly onSave: (deadline: Deadline) => void;
  readonly onClose: () => void;
}

interface Texts {
  readonly acknowledge: string;
  readonly firstAction: string;
  readonly resolve: string;
  readonly remind: string;
  readonly escalate: string;
}

const textsOf = (deadline: Deadline): Texts => ({
  acknowledge: String(deadline.acknowledge_hours),
  firstAction: String(deadline.first_action_hours),
  resolve: String(deadline.resolve_hours),
  remind: String(Math.round((deadline.remind_at_share ?? 0.75) * 100)),
  escalate: (deadline.escalate_at_shares ?? [1, 1.5, 2]).map((one) => Math.round(one * 100)).join(" "),
});

const isRising = (values: readonly number[]): boolean =>
  values.every((value, at) => value > 0 && (at === 0 || value >= (values[at - 1] ?? 0)));

export function DeadlineDialog({ deadline, place, isNew, onSave, onClose }: DialogProps): VNode {
  const [held, setHeld] = useState(deadline);
  const [texts, setTexts] = useState(() => textsOf(deadline));
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
  const save = (event: Event): void => {
    event.preventDefault();
    const [acknowledge_hours = 1, first_action_hours = 1, resolve_hours = 1] = steps;
    const [a = 1, b = 1.5, c = 2] = shares;
    const times = { acknowledge_hours, first_action_hours, resolve_hours };
    if (isSteps && isShares && isRemind)
      onSave({ ...held, ...times, remind_at_share: remind, escalate_at_shares: [a, b, c] });
    else focusFirstWrong(event.currentTarget as HTMLFormElement);
  };
  return (
    <Dialog title={isNew ? translate("addDeadline") : translate("editDeadline", { n: place })} onClose={onClose} wide>
      <form class="stack" noValidate onSubmit={save}>
        <Checks
          legend={translate("categories")}
          hint={translate("noneIsAny")}
          options={categoryOptions(CATEGORIES)}
          chosen={held.categories ?? []}
          onChosen={(categories) => setHeld({ ...held, categories })}
        />
        <Checks
          legend={translate("severities")}
          hint={translate("noneIsAny")}
          options={severityOptions(SEVERITIES)}
          chosen={held.severities ?? []}
          onChosen={(chosen) => setHeld({ ...held, severities: chosen as Deadline["severities"] & {} })}
        />
        <div class="grid">
          <TextField
            label={translate("acknowledge")}
            type="number"
            min="0"
            value={texts.acknowledge}
            onValue={set("acknowledge")}
          />
          <TextField
            label={translate("firstAction")}
            type="number"
            min="0"
            value={texts.firstAction}
            onValue={set("firstAction")}
          />
          <TextField
            label={translate("resolve")}
            type="number"
            min="0"
            value={texts.resolve}
            onValue={set("resolve")}
            wrong={isSteps ? null : translate("rises")}
          />
          <SelectField
            label={translate("runs")}
            value={held.hours ?? "wall"}
            onValue={(hours) => setHeld({ ...held, hours })}
            options={[
              ["wall", translate("wall")],
              ["working", translate("working")],
            ]}
          />
          <TextField
            label={translate("remind")}
            type="number"
            min="1"
            max="99"
            value={texts.remind}
            onValue={set("remind")}
            wrong={isRemind ? null : "1–99"}
          />
          <TextField
            label={translate("escalate")}
            hint={translate("escalateHint")}
            value={texts.escalate}
            onValue={set("escalate")}
            wrong={isShares ? null : translate("escalateWrong")}
          />
        </div>
        <button type="submit" class="button main">
          {translate("use")}
        </button>
      </form>
    </Dialog>
  );
}
