// A city on its way from empty to alive: what there is, what is missing, and where each is completed.

import type { VNode } from "preact";
import { api, request, type Schemas } from "../api/client";
import { Icon } from "../parts/icons";
import { Facts, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { translate as field } from "../words/field";
import { number } from "../words/format";
import { language } from "../words/language";
import { translate } from "./words-start";

type Topic = Schemas["ChecklistTopic"];
const TONES = { complete: "good", missing: "warn", unchecked: "soft" } as const;
const ICONS = { complete: "check", missing: "warning", unchecked: "next" } as const;

export function Start(): VNode {
  const lang = language.value;
  const found = useLoad(() => request(api.GET("/api/v1/admin/checklist", { params: { query: { lang } } })), [lang]);
  return (
    <Page title={translate("start")} intro={translate("startIntro")}>
      <Shown of={found}>{(checklist) => <Checklist checklist={checklist} again={found.again} />}</Shown>
    </Page>
  );
}

function Checklist({ checklist, again }: { checklist: Schemas["CityChecklist"]; again: () => void }): VNode {
  const complete = checklist.topics.filter((one) => one.state === "complete").length;
  return (
    <>
      <Facts
        rows={[
          [translate("city"), checklist.name ?? field("unknown")],
          [translate("timezone"), checklist.timezone ?? field("unknown")],
          [translate("progress"), translate("ofTopics", { n: number(complete), all: number(checklist.topics.length) })],
        ]}
      />
      <p>
        <button type="button" class="button" onClick={again}>
          {translate("checkAgain")}
        </button>
      </p>
      <ol class="list stack plain" id="checklist">
        {checklist.topics.map((one) => (
          <TopicPart key={one.id} topic={one} />
        ))}
      </ol>
      <Decided sentences={checklist.policy} />
    </>
  );
}

function TopicPart({ topic }: { topic: Topic }): VNode {
  const { state, title, count, gaps, page, command } = topic;
  return (
    <li class="card stack tight" data-topic={topic.id} data-state={state}>
      <h2 class="row nofold">
        <span class={TONES[state]}>
          <Icon name={ICONS[state]} />
        </span>
        {page ? <a href={page}>{title}</a> : title}
      </h2>
      <p class="small soft">
        {number(count)} · {translate(state)}
      </p>
      {gaps.length > 0 ? (
        <ul class="list">
          {gaps.map((gap) => (
            <li key={gap.code} class="breaks" data-gap={gap.code}>
              {gap.sentence}
            </li>
          ))}
        </ul>
      ) : null}
      {command && state !== "complete" ? <pre class="code">{command}</pre> : null}
    </li>
  );
}

function Decided({ sentences }: { sentences: readonly string[] }): VNode | null {
  if (sentences.length === 0) return null;
  return (
    <section class="stack tight" id="decided">
      <h2>{translate("decided")}</h2>
      <p class="soft">
        {translate("decidedIntro")} <a href="/admin/policy">{translate("changePolicy")}</a>
      </p>
      <ul class="list">
        {sentences.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </section>
  );
}
