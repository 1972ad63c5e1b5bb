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
import { actionWords, dayWords, translate } from "./words-policy";

const NAME = /^[a-z0-9][a-z0-9_-]{1,47}$/;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;
const ACTIONS = ["task", "review", "ignore"] as const;

interface DialogProps {
  readonly rule: Rule;
  readonly usedIds: readonly string[];
  readonly onSave: (rule: Rule) => void;
  readonly onClose: () => void;
}

function judged(rule: Rule, usedIds: readonly string[], sure: string) {
  const [from, until, share] = [rule.from_hour ?? "", rule.until_hour ?? "", Number(sure) / 100];
  return {
    isName: NAME.test(rule.id) && !usedIds.includes(rule.id),
    isFrom: TIME_OF_DAY.test(from) && from !== "24:00",
    isUntil: TIME_OF_DAY.test(until) && until !== "00:00",
    isShare: sure.trim() !== "" && share >= 0 && share <= 1,
  };
}

export function RuleDialog({ rule, usedIds, onSave, onClose }: DialogProps): VNode {
  const [held, setHeld] = useState(rule);
  const [sure, setSure] = useState(String(Math.round((rule.confidence_from ?? 0) * 100)));
  const [isTried, setTried] = useState(false);
  const set = (part: Partial<Rule>): void => setHeld({ ...held, ...part });
  const { isName, isFrom, isUntil, isShare } = judged(held, usedIds, sure);
  const isWhole = isName && isFrom && isUntil && isShare;
  const save = (event: Event): void => {
    event.preventDefault();
    setTried(true);
    if (isWhole) onSave({ ...held, confidence_from: Number(sure) / 100 });
    else focusFirstWrong(event.currentTarget as HTMLFormElement);
  };
  return (
    <Dialog title={rule.id ? translate("editRule", { id: rule.id }) : translate("addRule")} onClose={onClose} wide>
      <form class="stack" noValidate onSubmit={save}>
        <div class="grid">
          <TextField
            label={translate("ruleName")}
            hint={translate("nameHint")}
            wrong={(isTried || held.id !== "") && !isName ? translate("nameWrong") : null}
            value={held.id}
            name="id"
            maxLength={48}
            onValue={(id) => set({ id })}
          />
          <SelectField
            label={translate("action")}
            value={held.action}
            onValue={(action) => set({ action })}
            options={ACTIONS.map((one) => [one, actionWords(one)] as const)}
          />
          <SelectField
            label={translate("priority")}
            value={String(held.priority ?? "")}
            onValue={(text) => set({ priority: text ? Number(text) : null })}
            options={[["", translate("bySeverity")], ...["1", "2", "3", "4"].map((one) => [one, one] as const)]}
          />
          <TextField
            label={translate("confidence")}
            type="number"
            min="0"
            max="100"
            value={sure}
            onValue={setSure}
            wrong={isShare ? null : "0–100"}
          />
        </div>
        <Checks
          legend={translate("categories")}
          hint={translate("noneIsAny")}
          options={categoryOptions(CATEGORIES)}
          chosen={held.categories ?? []}
          onChosen={(categories) => set({ categories })}
        />
        <Checks
          legend={translate("severities")}
          hint={translate("noneIsAny")}
          options={severityOptions(SEVERITIES)}
          chosen={held.severities ?? []}
          onChosen={(chosen) => set({ severities: chosen as Rule["severities"] & {} })}
        />
        <Checks
          legend={translate("days")}
          hint={translate("noneIsAny")}
          options={DAYS.map((one) => [one, dayWords(one)] as const)}
          chosen={held.days ?? []}
          onChosen={(days) => set({ days })}
        />
        <div class="grid">
          <TextField
            label={translate("from")}
            value={held.from_hour ?? ""}
            maxLength={5}
            wrong={isFrom ? null : translate("timeInvalid")}
            onValue={(from_hour) => set({ from_hour })}
          />
          <TextField
            label={translate("until")}
            hint={translate("untilHint")}
            value={held.until_hour ?? ""}
            maxLength={5}
            wrong={isUntil ? null : translate("timeInvalid")}
            onValue={(until_hour) => set({ until_hour })}
          />
        </div>
        <button type="submit" class="button main">
          {translate("use")}
        </button>
      </form>
    </Dialog>
  );
}
