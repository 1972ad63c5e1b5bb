// The policy: rules in their order, tried before they decide, and the way back to an earlier one.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Confirm } from "../../parts/confirm";
import { Page } from "../../parts/layout";
import { Shown } from "../../parts/load";
import { now } from "../../shell/now";
import { ago } from "../../words/format";
import { translate as admin } from "../words";
import { ReorderTools, SaveBar } from "./draft-parts";
import { conditionsOf, forWhat } from "./policy-lines";
import { RuleDialog } from "./RuleDialog";
import { TryIt } from "./TryIt";
import { type Document, type Editing, movedBy, type Rule, useDraft } from "./useDraft";
import { actionWords, translate } from "./words-policy";

const NEW: Rule = {
  id: "",
  action: "review",
  priority: null,
  categories: [],
  severities: [],
  confidence_from: 0.3,
  days: [],
  from_hour: "00:00",
  until_hour: "24:00",
};

export function Policy(): VNode {
  const editing = useDraft();
  return (
    <Page title={admin("policy")} intro={translate("policyIntro")} width="wide">
      <Shown of={editing.found}>
        {(draft) =>
          editing.document ? (
            <div class="desk">
              <div class="stack">
                <SaveBar editing={editing} />
                <Rules document={editing.document} editing={editing} />
              </div>
              <div class="stack">
                <TryIt document={editing.document} />
                <History editing={editing} current={draft.version} />
              </div>
            </div>
          ) : null
        }
      </Shown>
    </Page>
  );
}

function Rules({ document, editing }: { document: Document; editing: Editing }): VNode {
  const [edited, setEdited] = useState<number | null>(null);
  const rules = document.rule;
  const put = (next: readonly Rule[]): void => editing.change({ rule: [...next] });
  const save = (rule: Rule): void => {
    put(
      edited === null || edited >= rules.length
        ? [...rules, rule]
        : rules.map((one, at) => (at === edited ? rule : one)),
    );
    setEdited(null);
  };
  return (
    <section class="stack" aria-label={translate("rules")}>
      <div class="row apart">
        <h2>{translate("rules")}</h2>
        <button type="button" class="button" onClick={() => setEdited(rules.length)}>
          {translate("addRule")}
        </button>
      </div>
      <ol class="list" id="rules">
        {rules.map((rule, at) => (
          <li key={rule.id} class={`card edge action-${rule.action}`}>
            <RuleLine rule={rule} place={at + 1} />
            <ReorderTools
              up={translate("up", { id: rule.id })}
              down={translate("down", { id: rule.id })}
              editLabel={translate("editRule", { id: rule.id })}
              isFirst={at === 0}
              isLast={at === rules.length - 1}
              move={(by) => put(movedBy(rules, at, by))}
              edit={() => setEdited(at)}
              remove={() => put(rules.filter((_, index) => index !== at))}
            />
          </li>
        ))}
      </ol>
      {edited !== null ? (
        <RuleDialog
          rule={rules[edited] ?? NEW}
          usedIds={rules.filter((_, at) => at !== edited).map((one) => one.id)}
          onSave={save}
          onClose={() => setEdited(null)}
        />
      ) : null}
    </section>
  );
}

function RuleLine({ rule, place }: { rule: Rule; place: number }): VNode {
  const conditions = conditionsOf(rule);
  return (
    <div>
      <p>
        <span class="soft figures">{place}.</span> <span class="strong">{actionWords(rule.action)}</span>{" "}
        <span class="small soft">{rule.id}</span>
      </p>
      <p>{forWhat(rule.categories ?? [], rule.severities ?? [])}</p>
      {conditions ? <p class="small soft">{conditions}</p> : null}
    </div>
  );
}

function History({ editing, current }: { editing: Editing; current: string }): VNode | null {
  const lines = editing.found.data?.history ?? [];
  const [pending, setPending] = useState<number | null>(null);
  if (lines.length === 0) return null;
  return (
    <section class="stack card" aria-label={translate("history")}>
      <h2>{translate("history")}</h2>
      <ul class="list">
        {lines.map((one) => (
          <li key={one.number} class="row apart">
            <span>
              {translate("version", { n: one.number })}
              <br />
              <span class="small soft">{translate("usedAt", { t: ago(one.used_at, now.value) })}</span>
            </span>
            {String(one.number) === current ? (
              <span class="good">{translate("decides")}</span>
            ) : (
              <button
                type="button"
                class="button"
                disabled={editing.use.busy || editing.isChanged}
                onClick={() => setPending(one.number)}
              >
                {translate("useAgain", { n: one.number })}
              </button>
            )}
          </li>
        ))}
      </ul>
      {pending !== null ? (
        <Confirm
          title={translate("useAgainOf", { n: pending })}
          deed={translate("useAgain", { n: pending })}
          isGrave={false}
          onNo={() => setPending(null)}
          onYes={() => {
            setPending(null);
            editing.use.run(pending);
          }}
        >
          <p>{translate("useAgainMeans", { n: pending, current })}</p>
        </Confirm>
      ) : null}
    </section>
  );
}
