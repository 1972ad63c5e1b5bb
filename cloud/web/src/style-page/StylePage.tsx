// All parts of the pages side by side in all three themes, for whoever builds a page and for the tests of their contrast.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { AreaField, SelectField, Switch, TextField } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Empty, Facts, Page } from "../parts/layout";
import { Legend } from "../parts/levels/Legend";
import { FloodBadge, StageMark } from "../parts/marks";
import { Tabs } from "../parts/tabs";
import { DepthField } from "../public/report/depth";
import { translate as field, type Stage, stageWords } from "../words/field";
import { MoreParts } from "./MoreParts";
import { translate } from "./words";

const SHOWN = ["light", "dark", "sun"] as const;
const STAGES: readonly Stage[] = [1, 2, 3, 4, 0];
const FLOODS = ["caution", "minor", "moderate", "severe"] as const;
const KINDS = ["plain", "good", "warn", "bad"] as const;

export function StylePage(): VNode {
  return (
    <Page title={translate("title")} intro={translate("intro")} width="wide">
      <div class="themes">
        {SHOWN.map((theme) => (
          <section key={theme} class="stack theme" data-theme={theme} aria-label={field(theme)}>
            <h2>{field(theme)}</h2>
            <Marks />
            <Buttons />
            <Notes />
            <Cards />
            <Fields name={theme} />
            <MoreParts name={theme} />
          </section>
        ))}
      </div>
    </Page>
  );
}

function Marks(): VNode {
  return (
    <div class="stack tight">
      {STAGES.map((stage) => (
        <p key={stage} class="row nofold">
          <StageMark stage={stage} /> {stageWords(stage)}
        </p>
      ))}
      {FLOODS.map((state) => (
        <p key={state}>
          <FloodBadge state={state} />
        </p>
      ))}
    </div>
  );
}

function Buttons(): VNode {
  return (
    <div class="row">
      <button type="button" class="button main">
        <Icon name="check" />
        {field("save")}
      </button>
      <button type="button" class="button">
        {field("next")}
      </button>
      <button type="button" class="button danger">
        {field("cancel")}
      </button>
      <button type="button" class="button plain">
        {field("more")}
      </button>
      <button type="button" class="button" disabled>
        {field("send")}
      </button>
    </div>
  );
}

function Notes(): VNode {
  return (
    <>
      {KINDS.map((kind) => (
        // Without its role: nothing of a style page is news.
        <div key={kind} class={`banner ${kind}`}>
          <Icon name={kind === "good" ? "check" : "warning"} />
          {translate(kind)}
        </div>
      ))}
    </>
  );
}

function Cards(): VNode {
  return (
    <>
      <div class="card edge edge-1">
        <p class="row apart">
          <span class="large">{translate("sample")}</span>
          <span class="tag">#12</span>
        </p>
        <p class="small soft">{translate("soft")}</p>
        <Facts
          rows={[
            [translate("plain"), "862 cm"],
            [
              translate("good"),
              <a key="link" href="/style">
                {translate("link")}
              </a>,
            ],
          ]}
        />
      </div>
      <Empty>{translate("empty")}</Empty>
      <Legend
        lines={[
          { words: translate("sample"), look: "own" },
          { words: translate("plain"), look: "ahead" },
          { words: "A", look: 0 },
          { words: "B", look: 1 },
          { words: "C", look: 2 },
        ]}
      />
    </>
  );
}

function Fields({ name }: { name: string }): VNode {
  const [words, setWords] = useState("");
  const [isOn, setOn] = useState(true);
  const [tab, setTab] = useState("a");
  const [depth, setDepth] = useState<number | null>(45);
  return (
    <>
      <Tabs
        label={`${translate("title")} ${name}`}
        tabs={[
          { id: "a", words: "A" },
          { id: "b", words: "B" },
        ]}
        chosen={tab}
        onChoose={setTab}
      >
        <TextField label={translate("sample")} value={words} onValue={setWords} hint={translate("soft")} />
      </Tabs>
      <TextField label={translate("wrong")} value={words} onValue={setWords} wrong={translate("bad")} />
      <SelectField label={translate("plain")} value="a" onValue={setWords} options={[["a", "A"]]} />
      <AreaField label={translate("sample")} value={words} onValue={setWords} />
      <Switch label={translate("good")} on={isOn} onChange={setOn} />
      <DepthField name={name} value={depth} onValue={setDepth} />
      <Banner kind="plain">{translate("sample")}</Banner>
    </>
  );
}
