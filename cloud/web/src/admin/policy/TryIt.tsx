// What the policy on the page would decide of an incident, asked of the server's own rules.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../../api/client";
import { CATEGORIES } from "../../api/registries";
import { SelectField, TextField } from "../../parts/form";
import { Banner } from "../../parts/layout";
import { span } from "../../words/format";
import { Refused, useSaving } from "../saving";
import { categoryOptions, severityOptions } from "./draft-parts";
import { ruleWords } from "./policy-lines";
import { type Document, type Rule, SEVERITIES } from "./useDraft";
import { actionWords, translate } from "./words-policy";

const NO_RULE = "no rule";
const HOUR = 3600;

/** A time as the field wants it, in the reader's own zone. */
const local = (at: Date): string => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

export function TryIt({ document }: { document: Document }): VNode {
  const [category, setCategory] = useState<string>("flooding");
  const [severity, setSeverity] = useState<string>("moderate");
  const [sure, setSure] = useState("60");
  const [at, setAt] = useState(() => local(new Date()));
  const [result, setResult] = useState<Schemas["PolicyPreview"] | null>(null);
  const trial = useSaving(async () => {
    const question = {
      category,
      severity: severity as Schemas["PolicyPreviewCreate"]["severity"],
      confidence: Math.min(1, Math.max(0, Number(sure) / 100)),
      at: new Date(at).toISOString(),
    };
    setResult(await request(api.POST("/api/v1/policy/preview", { body: { document, ...question } })));
  });
  return (
    <section class="stack card" aria-label={translate("tryIt")}>
      <h2>{translate("tryIt")}</h2>
      <p class="small soft">{translate("tryIntro")}</p>
      <SelectField
        label={translate("categories")}
        value={category}
        onValue={setCategory}
        options={categoryOptions(CATEGORIES)}
      />
      <SelectField
        label={translate("severities")}
        value={severity}
        onValue={setSeverity}
        options={severityOptions(SEVERITIES)}
      />
      <TextField label={translate("confidenceNow")} type="number" min="0" max="100" value={sure} onValue={setSure} />
      <label class="field">
        <span class="label">{translate("at")}</span>
        <input class="input" type="datetime-local" value={at} onInput={(event) => setAt(event.currentTarget.value)} />
      </label>
      <button type="button" class="button" id="try" disabled={trial.busy} onClick={() => trial.run()}>
        {translate("whatHappens")}
      </button>
      <Refused error={trial.error} />
      {result ? <Answer result={result} rules={document.rule} /> : null}
    </section>
  );
}

function Answer({ result, rules }: { result: Schemas["PolicyPreview"]; rules: readonly Rule[] }): VNode {
  if (result.rule === NO_RULE) return <Banner>{translate("noRule")}</Banner>;
  const hours = (value: number): string => span(value * HOUR);
  const at = rules.findIndex((one) => one.id === result.rule);
  const deadlines = {
    a: hours(result.acknowledge_hours),
    f: hours(result.first_action_hours),
    r: hours(result.resolve_hours),
  };
  return (
    <Banner kind={result.action === "task" ? "good" : "plain"}>
      <p id="said">
        {translate("ruleResult", {
          action: actionWords(result.action),
          n: at + 1,
          words: rules[at] ? ruleWords(rules[at]) : result.rule,
        })}
      </p>
      {result.action === "ignore" ? null : (
        <p class="small">
          {translate("prio", { n: result.priority })} · {translate("deadlinesResult", deadlines)}
          {result.in_working_hours ? ` (${translate("inWorking")})` : ""}
        </p>
      )}
    </Banner>
  );
}
