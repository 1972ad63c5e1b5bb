// Last what it is: its kind, for water its depth, a few words, and off it goes.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request } from "../../api/client";
import { AreaField, useAction } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { Banner } from "../../parts/layout";
import { useLoad } from "../../parts/load";
import { enqueue, sendNow } from "../../queue/queue";
import { translate as field } from "../../words/field";
import { language } from "../../words/language";
import { LookAlikes } from "../LookAlikes";
import { Privacy } from "../Privacy";
import { translate } from "../words";
import { DepthField } from "./depth";
import type { Change, Draft } from "./draft";

const WATER = "flooding";

interface KindStepProps {
  readonly draft: Draft;
  readonly change: Change;
  readonly back: () => void;
  readonly done: (id: string) => Promise<void>;
}

export function KindStep({ draft, change, back, done }: KindStepProps): VNode {
  const categories = useLoad(
    () => request(api.GET("/api/v1/categories", { params: { query: { lang: language.value } } })),
    [language.value],
  );
  const privacy = useLoad(
    () => request(api.GET("/api/v1/privacy", { params: { query: { lang: language.value } } })),
    [language.value],
  );
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, send] = useAction(async () => {
    const lack = lackOf(draft);
    if (lack) return setWrong(translate(lack));
    const { id, category, text, photos, place } = draft;
    const depth = depthOf(draft);
    await enqueue({
      kind: "report",
      id,
      line: id,
      at: new Date().toISOString(),
      category,
      text,
      photos,
      lat: place?.lat ?? null,
      lon: place?.lon ?? null,
      ...(depth === null ? {} : { depthCm: depth }),
      ...(privacy.data ? { privacy: privacy.data.version } : {}),
    });
    await sendNow();
    await done(id);
  });
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <fieldset class="choices">
        <legend class="for-ears">{translate("stepKind")}</legend>
        {(categories.data ?? []).map((one) => (
          <label key={one.id} class="choice">
            <Icon name={one.id} />
            {one.name}
            <input
              type="radio"
              name="category"
              value={one.id}
              checked={draft.category === one.id}
              onChange={() => change({ category: one.id })}
            />
          </label>
        ))}
      </fieldset>
      {draft.category === WATER ? (
        <DepthField value={draft.depthCm} onValue={(depthCm) => change({ depthCm })} />
      ) : null}
      <LookAlikes category={draft.category} place={draft.place} photos={draft.photos} onJoined={done} />
      <AreaField
        label={translate("words")}
        hint={translate("wordsHint")}
        value={draft.text}
        onValue={(text) => change({ text })}
      />
      <Privacy statement={privacy.data ?? null} />
      {wrong ? (
        <Banner kind="bad" icon="warning">
          {wrong}
        </Banner>
      ) : null}
      <div class="row">
        <button type="button" class="button big" onClick={back}>
          <Icon name="back" />
          {field("back")}
        </button>
        <button type="submit" class="button main big grow" disabled={busy}>
          {translate("sendReport")}
        </button>
      </div>
    </form>
  );
}

/** A depth that was chosen before another kind was is not sent. */
const depthOf = ({ category, depthCm }: Draft): number | null => (category === WATER ? depthCm : null);

function lackOf(draft: Draft): "kindNeeded" | "wordsNeeded" | null {
  if (draft.category === "") return "kindNeeded";
  const isBare = draft.text.trim() === "" && draft.photos.length === 0 && depthOf(draft) === null;
  return isBare ? "wordsNeeded" : null;
}
