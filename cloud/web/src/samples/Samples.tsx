// The accuracy sample: redacted images that were drawn at random, each judged once by an operator who does not see what
// the camera decided.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { Switch, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Empty, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { categoryWords } from "../words/field";
import { dateAndTime, number } from "../words/format";
import { translate } from "./words";

type Sample = Schemas["AccuracySample"];

export function Samples(): VNode {
  const waiting = useLoad(() => request(api.GET("/api/v1/accuracy/samples", { params: { query: { limit: 20 } } })), []);
  const again = (
    <button type="button" class="button" onClick={waiting.again}>
      <Icon name="refresh" />
      {translate("refresh")}
    </button>
  );
  return (
    <Page title={translate("title")} intro={translate("intro")} tools={again} width="narrow">
      <Shown of={waiting}>
        {(found) =>
          found[0] === undefined ? (
            <Empty>{translate("nothing")}</Empty>
          ) : (
            <Judge key={found[0].id} sample={found[0]} count={found.length} judged={waiting.again} />
          )
        }
      </Shown>
    </Page>
  );
}

interface JudgeProps {
  readonly sample: Sample;
  /** How many wait, 20 of them at most. */
  readonly count: number;
  readonly judged: () => void;
}

function Judge({ sample, count, judged }: JudgeProps): VNode {
  const [present, setPresent] = useState<readonly string[]>([]);
  const [isLost, setLost] = useState(false);
  const [busy, send] = useAction(async (answer: readonly string[] | null) => {
    const path = { params: { path: { sample_id: sample.id } } };
    const body = { present: answer === null ? null : [...answer] };
    await request(api.POST("/api/v1/accuracy/samples/{sample_id}/answer", { ...path, body }));
    toast(translate("stored"), "good");
    judged();
  });
  const set = (hazard: string, isThere: boolean): void =>
    setPresent(isThere ? [...present, hazard] : present.filter((one) => one !== hazard));
  return (
    <article class="card stack" id="sample">
      <p class="row apart small soft">
        <span>{translate("takenAt", { camera: sample.camera_name, t: dateAndTime(sample.taken_at) })}</span>
        <span>{translate("waiting", { n: count < 20 ? number(count) : translate("twentyOrMore") })}</span>
      </p>
      {isLost ? (
        <Banner kind="warn" icon="warning">
          {translate("noImage")}
        </Banner>
      ) : (
        <img class="look-picture" src={sample.image_url} alt={translate("image")} onError={() => setLost(true)} />
      )}
      <fieldset class="stack tight" disabled={isLost}>
        <legend class="strong">{translate("question")}</legend>
        {sample.hazards.map((one) => (
          <Switch
            key={one}
            label={categoryWords(one)}
            on={present.includes(one)}
            onChange={(isThere) => set(one, isThere)}
          />
        ))}
      </fieldset>
      <button type="button" class="button main big wide" disabled={busy || isLost} onClick={() => send(present)}>
        {translate(present.length === 0 ? "storeNone" : "store")}
      </button>
      <button type="button" class="button wide" disabled={busy} onClick={() => send(null)}>
        {translate("cannotJudge")}
      </button>
    </article>
  );
}
