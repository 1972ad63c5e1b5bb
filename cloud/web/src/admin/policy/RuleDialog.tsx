// One rule of the policy: for what, how sure, when, and what happens then.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { CATEGORIES } from "../../api/registries";
import { Dialog } from "../../parts/dialog";
import { focusFirstWrong } from "../../parts/focus";
import { SelectField, TextField } from "../../parts/form";
import { Checks } from "../Checks";
import { categoryOptions, severityOptions } from "./draft-parts";
import { DAYS, type Rule, SEVERITIES } from "./useDraft";
import { actionWords, dayWords, say } from "./words-policy";

const NAME = /^[a-z0-9][a-z0-9_-]{1,47}$/;
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;
const ACTIONS = ["task", "review", "ignore"] as const;

interface DialogProps {
  readonly rule: Rule;
  readonly taken: readonly string[];
  readonly onKeep: (rule: Rule) => void;
  readonly onClose: () => void;
}

function judged(rule: Rule, taken: readonly string[], sure: string) {
  const [from, until, share] = [rule.from_hour ?? "", rule.until_hour ?? "", Number(sure) / 100];
  return {
    isName: NAME.test(rule.id) && !taken.includes(rule.id),
    isFrom: CLOCK.test(from) && from !== "24:00",
    isUntil: CLOCK.test(until) && until !== "00:00",
    isShare: sure.trim() !== "" && share >= 0 && share <= 1,
  };
}

export function RuleDialog({ rule, taken, onKeep, onClose }: DialogProps): VNode {
  const [held, setHeld] = useState(rule);
  const [sure, setSure] = useState(String(Math.round((rule.confidence_from ?? 0) * 100)));
  const [isTried, setTried] = useState(false);
  const set = (part: Partial<Rule>): void => setHeld({ ...held, ...part });
  const { isName, isFrom, isUntil, isShare } = judged(held, taken, sure);
  const isWhole = isName && isFrom && isUntil && isShare;
  const keep = (event: Event): void => {
    event.preventDefault();
    setTried(true);
    if (isWhole) onKeep({ ...held, confidence_from: Number(sure) / 100 });
    else focusFirstWrong(event.currentTarget as HTMLFormElement);
  };
  return (
    <Dialog title={rule.id ? say("editRule", { id: rule.id }) : say("addRule")} onClose={onClose} wide>
      <form class="stack" noValidate onSubmit={keep}>
        <div class="grid">
          <TextField
            label={say("ruleName")}
            hint={say("nameHint")}
            wrong={(isTried || held.id !== "") && !isName ? say("nameWrong") : null}
            value={held.id}
            name="id"
            maxLength={48}
            onValue={(id) => set({ id })}
          />
          <SelectField
            label={say("action")}
            value={held.action}
            onValue={(action) => set({ action })}
            options={ACTIONS.map((one) => [one, actionWords(one)] as const)}
          />
          <SelectField
            label={say("priority")}
            value={String(held.priority ?? "")}
            onValue={(text) => set({ priority: text ? Number(text) : null })}
            options={[["", say("bySeverity")], ...["1", "2", "3", "4"].map((one) => [one, one] as const)]}
          />
          <TextField
            label={say("confidence")}
            type="number"
            min="0"
            max="100"
            value={sure}
            onValue={setSure}
            wrong={isShare ? null : "0–100"}
          />
        </div>
        <Checks
          legend={say("categories")}
          hint={say("noneIsAny")}
          options={categoryOptions(CATEGORIES)}
          chosen={held.categories ?? []}
          onChosen={(categories) => set({ categories })}
        />
        <Checks
          legend={say("severities")}
          hint={say("noneIsAny")}
          options={severityOptions(SEVERITIES)}
          chosen={held.severities ?? []}
          onChosen={(chosen) => set({ severities: chosen as Rule["severities"] & {} })}
        />
        <Checks
          legend={say("days")}
          hint={say("noneIsAny")}
          options={DAYS.map((one) => [one, dayWords(one)] as const)}
          chosen={held.days ?? []}
          onChosen={(days) => set({ days })}
        />
        <div class="grid">
          <TextField
            label={say("from")}
            value={held.from_hour ?? ""}
            maxLength={5}
            wrong={isFrom ? null : say("clockWrong")}
            onValue={(from_hour) => set({ from_hour })}
          />
          <TextField
            label={say("until")}
            hint={say("untilHint")}
            value={held.until_hour ?? ""}
            maxLength={5}
            wrong={isUntil ? null : say("clockWrong")}
            onValue={(until_hour) => set({ until_hour })}
          />
        </div>
        <button type="submit" class="button main">
          {say("take")}
        </button>
      </form>
    </Dialog>
  );
}
