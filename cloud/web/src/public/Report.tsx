// A citizen's report in three steps: photo, place, kind. Works without a signal: then it sends itself later.

import type { RefObject, VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { api, request } from "../api/client";
import type { Spot } from "../live/reading";
import { CityMap } from "../map/CityMap";
import { AreaField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Page } from "../parts/layout";
import { useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { placeOf, sendable } from "../queue/photo";
import { canLocate, locate } from "../queue/place";
import { discard, enqueue, queued, sendNow } from "../queue/queue";
import { type MeTooItem, type ReportItem, randomId } from "../queue/store";
import { categoryWords, translate as field } from "../words/field";
import { ago, number } from "../words/format";
import { language } from "../words/language";
import { refusedWords } from "../words/refusals";
import { LookAlikes } from "./LookAlikes";
import { useSent } from "./MeToo";
import { Privacy } from "./Privacy";
import { translate } from "./words";

const MOST_PHOTOS = 3;

interface Draft {
  readonly id: string;
  readonly photos: readonly Blob[];
  readonly place: Spot | null;
  /** Whether the place is the photo's own; "none": the photo carries none; "unknown": nobody could be asked. */
  readonly inPhoto: "yes" | "none" | "unknown";
  readonly category: string;
  readonly text: string;
}

const fresh = (): Draft => ({ id: randomId(), photos: [], place: null, inPhoto: "unknown", category: "", text: "" });
type Step = 1 | 2 | 3;
type Mend = (item: ReportItem) => void;
type Change = (more: Partial<Draft> | ((before: Draft) => Partial<Draft>)) => void;

export function Report(): VNode {
  const [draft, setDraft] = useState(fresh);
  const [step, setStep] = useState<Step>(1);
  const [done, setDone] = useState<string | null>(null);
  const heading = useStepFocus(step);
  const change: Change = (more) =>
    setDraft((before) => ({ ...before, ...(typeof more === "function" ? more(before) : more) }));
  const begin = (): void => {
    setDraft(fresh());
    setStep(1);
    setDone(null);
  };
  const mend = ({ id, photos, category, text, lat, lon }: ReportItem): void => {
    const place = lat !== null && lon !== null ? { lat, lon } : null;
    setDraft({ id, photos, category, text, place, inPhoto: place || photos.length === 0 ? "unknown" : "none" });
    setStep(2);
    setDone(null);
    void discard([id]);
  };
  if (done !== null) return <Thanks id={done} begin={begin} mend={mend} />;
  return (
    <Page title={translate("report")} width="narrow">
      <p class="soft step" tabIndex={-1} ref={heading}>
        {translate("step", { n: step })}:{" "}
        <span class="strong">{translate(step === 1 ? "stepPhoto" : step === 2 ? "stepPlace" : "stepKind")}</span>
      </p>
      {step === 1 ? <PhotoStep draft={draft} change={change} next={() => setStep(2)} /> : null}
      {step === 2 ? <PlaceStep draft={draft} change={change} back={() => setStep(1)} next={() => setStep(3)} /> : null}
      {step === 3 ? <KindStep draft={draft} change={change} back={() => setStep(2)} done={setDone} /> : null}
      {step === 1 ? <MyReports mend={mend} /> : null}
    </Page>
  );
}

/** What was pressed goes with its step: the next one begins at its heading, for keys and for ears. */
function useStepFocus(step: Step): RefObject<HTMLParagraphElement | null> {
  const heading = useRef<HTMLParagraphElement>(null);
  const shown = useRef(step);
  useEffect(() => {
    if (shown.current !== step) heading.current?.focus();
    shown.current = step;
  }, [step]);
  return heading;
}

function PhotoStep({ draft, change, next }: { draft: Draft; change: Change; next: () => void }): VNode {
  const add = async (files: FileList | null): Promise<void> => {
    try {
      const originals = [...(files ?? [])];
      const chosen = await Promise.all(originals.map(sendable));
      change({ photos: [...draft.photos, ...chosen].slice(0, MOST_PHOTOS) });
      if (draft.place === null && originals[0]) void requestPlace(originals[0]);
    } catch {
      toast(translate("photoBad"), "bad");
    }
  };
  const requestPlace = async (photo: File): Promise<void> => {
    const found = await placeOf(photo);
    // Whoever chose a place in the meantime meant it.
    if (found) change((before) => (before.place ? {} : { place: found, inPhoto: "yes" }));
    else change({ inPhoto: found === null ? "none" : "unknown" });
  };
  const remove = (at: number): void => {
    const photos = draft.photos.filter((_, index) => index !== at);
    const isPlaceGone = photos.length === 0 && draft.inPhoto === "yes";
    change(isPlaceGone ? { photos, place: null, inPhoto: "unknown" } : { photos });
  };
  return (
    <div class="stack">
      <label class="button main big wide file">
        <Icon name="photo" />
        {translate("choosePhoto")}
        <input type="file" accept="image/*" multiple onChange={(event) => void add(event.currentTarget.files)} />
      </label>
      <p class="small soft">{translate("photoHint")}</p>
      <Thumbs photos={draft.photos} remove={remove} />
      <button type="button" class={`button big wide${draft.photos.length > 0 ? " main" : ""}`} onClick={next}>
        {draft.photos.length > 0 ? field("next") : translate("withoutPhoto")}
        <Icon name="next" />
      </button>
    </div>
  );
}

function Thumbs({ photos, remove }: { photos: readonly Blob[]; remove: (at: number) => void }): VNode | null {
  const urls = useMemo(() => photos.map((one) => URL.createObjectURL(one)), [photos]);
  useEffect(() => () => urls.forEach((one) => void URL.revokeObjectURL(one)), [urls]);
  if (urls.length === 0) return null;
  return (
    <ul class="photos">
      {urls.map((url, index) => (
        <li key={url} class="thumb">
          <img src={url} alt={translate("photoNumber", { n: index + 1 })} />
          <button
            type="button"
            class="button square"
            aria-label={translate("removePhoto", { n: index + 1 })}
            onClick={() => remove(index)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function PlaceStep(props: { draft: Draft; change: Change; back: () => void; next: () => void }): VNode {
  const { draft, change, back, next } = props;
  const [middle, setMiddle] = useState<Spot | null>(null);
  const [isRefused, setRefused] = useState(false);
  const choose = (place: Spot): void => change({ place, inPhoto: "unknown" });
  const mayBeInPhoto = draft.photos.length > 0 && draft.inPhoto === "unknown";
  const [busy, findMe] = useAction(async () => {
    const found = await locate();
    setRefused(found === null);
    if (found) choose({ lat: found.lat, lon: found.lon });
  });
  return (
    <div class="stack">
      {canLocate() ? (
        <button type="button" class="button main big wide" disabled={busy} onClick={() => findMe()}>
          <Icon name="place" />
          {translate("useHere")}
        </button>
      ) : null}
      {isRefused ? <p class="warn">{translate("noPlace")}</p> : null}
      <p class="small soft">{translate("moveMap")}</p>
      <div class="report-map">
        <CityMap cross marked={draft.place} look={draft.place} onMoved={setMiddle} />
      </div>
      <button type="button" class="button wide" disabled={middle === null} onClick={() => middle && choose(middle)}>
        {translate("useMiddle")}
      </button>
      <output class="strong">
        {draft.place
          ? translate(draft.inPhoto === "yes" ? "photoPlaceIs" : "placeIs", degreesOf(draft.place))
          : translate(mayBeInPhoto ? "fromPhoto" : draft.photos.length > 0 ? "photoHasNone" : "placeNeeded")}
      </output>
      <div class="row">
        <button type="button" class="button big" onClick={back}>
          <Icon name="back" />
          {field("back")}
        </button>
        <button
          type="button"
          class="button main big grow"
          disabled={draft.place === null && !mayBeInPhoto}
          onClick={next}
        >
          {field("next")}
          <Icon name="next" />
        </button>
      </div>
    </div>
  );
}

const degreesOf = ({ lat, lon }: Spot): { lat: string; lon: string } => ({ lat: number(lat, 5), lon: number(lon, 5) });

function KindStep(props: { draft: Draft; change: Change; back: () => void; done: (id: string) => void }): VNode {
  const { draft, change, back, done } = props;
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
    if (draft.category === "") return setWrong(translate("kindNeeded"));
    if (draft.text.trim() === "" && draft.photos.length === 0) return setWrong(translate("wordsNeeded"));
    const { id, category, text, photos, place } = draft;
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
      ...(privacy.data ? { privacy: privacy.data.version } : {}),
    });
    await sendNow();
    done(id);
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

function Thanks({ id, begin, mend }: { id: string; begin: () => void; mend: Mend }): VNode {
  const mine = useSent().find((one) => one.id === id);
  const held = queued.value.find((one) => one.id === id);
  return (
    <Page title={translate("report")} width="narrow">
      {held?.refused ? (
        <Banner kind="bad" icon="warning">
          {translate("refused", { why: refusedWords(held) })}
        </Banner>
      ) : mine ? (
        <Banner kind="good" icon="check">
          <p class="strong">{translate("thanks")}</p>
          <p>{translate("followHint")}</p>
          <p>
            <a class="button main" href={mine.follow}>
              {translate("follow")}
            </a>{" "}
            <ShareButton path={mine.follow} />
          </p>
        </Banner>
      ) : (
        <Banner kind="warn" icon="offline">
          {translate("savedOffline")}
        </Banner>
      )}
      <button type="button" class="button" onClick={begin}>
        <Icon name="report" />
        {translate("another")}
      </button>
      <MyReports mend={mend} />
    </Page>
  );
}

function ShareButton({ path }: { path: string }): VNode {
  const share = async (): Promise<void> => {
    const url = new URL(path, location.href).href;
    if (navigator.share) await navigator.share({ url }).catch(() => null);
    else {
      await navigator.clipboard?.writeText(url);
      toast(translate("copied"), "good");
    }
  };
  return (
    <button type="button" class="button" onClick={() => void share()}>
      <Icon name="share" />
      {translate("share")}
    </button>
  );
}

function MyReports({ mend }: { mend: Mend }): VNode | null {
  const sent = useSent();
  const held = queued.value.filter(
    (one): one is ReportItem | MeTooItem => one.kind === "report" || one.kind === "me_too",
  );
  if (sent.length === 0 && held.length === 0) return null;
  return (
    <section class="stack tight">
      {held.length > 0 ? <h2>{translate("waitingReports")}</h2> : null}
      <ul class="list">
        {held.map((one) => (
          <li key={one.id} class="card">
            <span>
              {categoryWords(one.category)} · {ago(one.at)}
            </span>
            {one.refused ? (
              <span class="row apart">
                <span class="bad">{translate("refused", { why: refusedWords(one) })}</span>
                {one.kind === "report" ? (
                  <button type="button" class="button" onClick={() => mend(one)}>
                    {translate("mend")}
                  </button>
                ) : null}
                <button type="button" class="button danger" onClick={() => void discard([one.id])}>
                  {translate("discard")}
                </button>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {sent.length > 0 ? <h2>{translate("myReports")}</h2> : null}
      <ul class="list">
        {sent.map((one) => (
          <li key={one.id}>
            <a class="card" href={one.follow}>
              {categoryWords(one.category)} · {ago(one.at)}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
