// A citizen's report in three steps: photo, place, kind. Each has its address, so that Back leads to the step before; the
// draft stays on the device. Works without a signal: then it sends itself later.

import type { RefObject, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "preact-iso";
import { goOnTo } from "../parts/focus";
import { Icon } from "../parts/icons";
import { Banner, Loading, Page } from "../parts/layout";
import { ShareButton } from "../parts/share";
import { discard, queued } from "../queue/queue";
import type { MeTooItem, ReportItem } from "../queue/store";
import { categoryWords } from "../words/field";
import { ago } from "../words/format";
import { refusedWords } from "../words/refusals";
import { useSent } from "./MeToo";
import { addressOf, type Change, type Draft, fresh, isEmpty, type Step, stepOf, useDraft } from "./report/draft";
import { KindStep } from "./report/KindStep";
import { PhotoStep } from "./report/PhotoStep";
import { PlaceStep } from "./report/PlaceStep";
import { translate } from "./words";

type Mend = (item: ReportItem) => void;
const STEP_WORDS = { 1: "stepPhoto", 2: "stepPlace", 3: "stepKind" } as const;

export function Report(): VNode {
  const { query, route } = useLocation();
  const { draft, isRestored, change, set, renew } = useDraft();
  const sent = query.sent ?? null;
  const step = draft === null || sent !== null ? 1 : stepOf(query.step, draft);
  const heading = useStepFocus(step);
  useThanksFocus(sent);
  usePrefill(query, draft, change);
  const go = (to: Step): void => {
    change(({ reached }) => ({ reached: to > reached ? to : reached }));
    route(addressOf(to));
  };
  /** In the place of the last step: Back from the thanks does not lead into a form that was sent. */
  const done = async (id: string): Promise<void> => {
    set(await renew());
    route(`/report?sent=${encodeURIComponent(id)}`, true);
  };
  const begin = (): void => {
    set(fresh());
    route(addressOf(1));
  };
  const mend = ({ id, photos, category, text, lat, lon, depthCm }: ReportItem): void => {
    const place = lat !== null && lon !== null ? { lat, lon } : null;
    const inPhoto = place || photos.length === 0 ? "unknown" : "none";
    set({ ...fresh(), id, photos, category, text, depthCm: depthCm ?? null, place, inPhoto, reached: 2 });
    route(addressOf(2));
    void discard([id]);
  };
  if (sent !== null) return <Thanks id={sent} begin={begin} mend={mend} />;
  if (draft === null) {
    return (
      <Page title={translate("report")} width="narrow">
        <Loading />
      </Page>
    );
  }
  return (
    <Page title={translate("report")} width="narrow">
      <p class="soft step" tabIndex={-1} ref={heading}>
        {translate("step", { n: step })}: <span class="strong">{translate(STEP_WORDS[step])}</span>
      </p>
      {step === 1 && isRestored && !isEmpty(draft) ? <DraftNote begunAt={draft.begunAt} begin={begin} /> : null}
      {step === 1 ? <PhotoStep draft={draft} change={change} next={() => go(2)} /> : null}
      {step === 2 ? <PlaceStep draft={draft} change={change} back={() => go(1)} next={() => go(3)} /> : null}
      {step === 3 ? <KindStep draft={draft} change={change} back={() => go(2)} done={done} /> : null}
      {step === 1 ? <MyReports mend={mend} /> : null}
    </Page>
  );
}

/** Begins the report of `/report?kind=flooding&number=12`, by which somebody contradicts that an incident is over. */
function usePrefill({ kind, number }: Readonly<Record<string, string>>, draft: Draft | null, change: Change): void {
  const isReady = draft !== null;
  useEffect(() => {
    if (kind === undefined || draft === null || !isEmpty(draft)) return;
    change({ category: kind, text: number ? translate("reportAgainText", { n: number }) : "" });
  }, [isReady, kind]);
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

/** The button that sent the report leaves with its step: the page gets the focus, whichever of both is drawn first. */
function useThanksFocus(sent: string | null): void {
  const shown = useRef(sent);
  useEffect(() => {
    if (shown.current === null && sent !== null) goOnTo("");
    shown.current = sent;
  }, [sent]);
}

/** So that nobody sends with new words the photo of last week. */
function DraftNote({ begunAt, begin }: { begunAt: number; begin: () => void }): VNode {
  return (
    <div class="row apart small" id="draft">
      <span class="soft">{translate("draftHeld", { t: ago(new Date(begunAt).toISOString()) })}</span>
      <button type="button" class="button plain small" onClick={begin}>
        {translate("draftAnew")}
      </button>
    </div>
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
          <p class="row">
            <a class="button main" href={mine.follow}>
              {translate("follow")}
            </a>
            <ShareButton path={mine.follow} label={translate("share")} />
          </p>
        </Banner>
      ) : (
        <SendingNote isHeld={held !== undefined} />
      )}
      <button type="button" class="button" onClick={begin}>
        <Icon name="report" />
        {translate("another")}
      </button>
      <MyReports mend={mend} />
    </Page>
  );
}

/** Between being sent and being known as sent there is a moment in which neither can be stated. */
function SendingNote({ isHeld }: { isHeld: boolean }): VNode {
  if (!isHeld) return <Loading />;
  return (
    <Banner kind="warn" icon="offline">
      {translate("savedOffline")}
    </Banner>
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
