// What the policy on the page would decide of an incident, asked of the server's own rules.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, ask, type Schemas } from "../../api/client";
import { SelectField, TextField } from "../../parts/form";
import { Banner } from "../../parts/layout";
import { span } from "../../words/say";
import { Refused, useSaving } from "../saving";
import { categoryOptions, severityOptions } from "./draft-parts";
import { CATEGORIES, type Document, SEVERITIES } from "./useDraft";
import { actionWords, say } from "./words-policy";

const NO_RULE = "no rule";
const HOUR = 3600;

/** A time as the field wants it, in the reader's own zone. */
const local = (at: Date): string => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

export function TryIt({ document }: { document: Document }): VNode {
  const [category, setCategory] = useState<string>("flooding");
  const [severity, setSeverity] = useState<string>("moderate");
  const [sure, setSure] = useState("60");
  const [at, setAt] = useState(() => local(new Date()));
  const [said, setSaid] = useState<Schemas["PolicyPreview"] | null>(null);
  const asking = useSaving(async () => {
    const question = {
      category,
      severity: severity as Schemas["PolicyPreviewCreate"]["severity"],
      confidence: Math.min(1, Math.max(0, Number(sure) / 100)),
      at: new Date(at).toISOString(),
    };
    setSaid(await ask(api.POST("/api/v1/policy/preview", { body: { document, ...question } })));
  });
  return (
    <section class="stack card" aria-label={say("tryIt")}>
      <h2>{say("tryIt")}</h2>
      <p class="small soft">{say("tryIntro")}</p>
      <SelectField
        label={say("categories")}
        value={category}
        onValue={setCategory}
        options={categoryOptions(CATEGORIES)}
      />
      <SelectField
        label={say("severities")}
        value={severity}
        onValue={setSeverity}
        options={severityOptions(SEVERITIES)}
      />
      <TextField label={say("confidenceNow")} type="number" min="0" max="100" value={sure} onValue={setSure} />
      <label class="field">
        <span class="label">{say("at")}</span>
        <input class="input" type="datetime-local" value={at} onInput={(event) => setAt(event.currentTarget.value)} />
      </label>
      <button type="button" class="button" id="try" disabled={asking.busy} onClick={() => asking.run()}>
        {say("ask")}
      </button>
      <Refused error={asking.error} />
      {said ? <Answer said={said} /> : null}
    </section>
  );
}

function Answer({ said }: { said: Schemas["PolicyPreview"] }): VNode {
  if (said.rule === NO_RULE) return <Banner>{say("noRule")}</Banner>;
  const hours = (value: number): string => span(value * HOUR);
  const clocks = {
    a: hours(said.acknowledge_hours),
    f: hours(said.first_action_hours),
    r: hours(said.resolve_hours),
  };
  return (
    <Banner kind={said.action === "task" ? "good" : "plain"}>
      <p id="said">{say("says", { rule: said.rule, action: actionWords(said.action) })}</p>
      {said.action === "ignore" ? null : (
        <p class="small">
          {say("prio", { n: said.priority })} · {say("clocksSay", clocks)}
          {said.in_working_hours ? ` (${say("inWorking")})` : ""}
        </p>
      )}
    </Banner>
  );
}
