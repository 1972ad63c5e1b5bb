// What an officer can do to a task now: the one next step in reach of the thumb, the others above it.

import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { Dialog } from "../parts/dialog";
import { useRestoredFocus } from "../parts/focus";
import { AreaField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner } from "../parts/layout";
import { toast } from "../parts/toasts";
import { sendable } from "../queue/photo";
import { locate } from "../queue/place";
import type { Photo, TaskVerb } from "../queue/store";
import { who } from "../session/session";
import { translate as field } from "../words/field";
import { CaptureDialog, useChallenge } from "./Capture";
import { translate } from "./words";
import { attach, isHeldBy, move, note, photoOf, type Seen } from "./work";

const STEPS = [
  ["accept", "check"],
  ["resume", "next"],
  ["arrive", "place"],
] as const;

/** The next step stands where the last one was: a finger that taps twice must not take both. */
const AGAIN_MS = 700;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export function Actions({ seen: one }: { seen: Seen }): VNode {
  const { task, verbs, state } = one;
  const { route } = useLocation();
  const [pending, setPending] = useState<"decline" | "pause" | null>(null);
  const [busy, run] = useAction(async (verb: TaskVerb, words: string) => {
    await Promise.all([move(task, verb, { note: words }), pause(AGAIN_MS)]);
    setPending(null);
    if (verb === "decline") route("/officer");
  });
  const has = (verb: TaskVerb): boolean => verbs.includes(verb);
  // Fetched as soon as the task is in hand, because there may be no signal where the work is.
  useChallenge(task.id, isHeldBy(task, who.value?.user) && !has("resolve"));
  const step = STEPS.find(([verb]) => has(verb));
  return (
    <section class="stack" aria-label={translate("doNow")} id="actions" ref={useRestoredFocus()} tabIndex={-1}>
      {has("arrive") ? <StartTravel seen={one} /> : null}
      {step ? (
        <NextStep>
          <button type="button" class="button main big wide" aria-disabled={busy} onClick={() => run(step[0], "")}>
            <Icon name={step[1]} />
            {translate(step[0])}
          </button>
        </NextStep>
      ) : null}
      {has("resolve") ? <Photos seen={one} isNext={state === "on_site"} /> : null}
      <div class="row">
        {has("pause") ? (
          <button type="button" class="button grow" onClick={() => setPending("pause")}>
            {translate("pause")}
          </button>
        ) : null}
        {has("decline") ? (
          <button type="button" class="button danger grow" onClick={() => setPending("decline")}>
            {translate("decline")}
          </button>
        ) : null}
      </div>
      <NothingToDo seen={one} />
      {pending ? (
        <Reason verb={pending} busy={busy} onClose={() => setPending(null)} onSubmit={(words) => run(pending, words)} />
      ) : null}
    </section>
  );
}

/** On a phone it stands at the lower edge, whatever is scrolled above it. */
function NextStep({ children }: { children: ComponentChildren }): VNode {
  return <div class="next-step">{children}</div>;
}

/** Why there is no button: it is done, or the task is in other hands by now. */
function NothingToDo({ seen: { task, state, verbs } }: { seen: Seen }): VNode | null {
  if (state === "resolved" || state === "verified")
    return (
      <Banner kind="good" icon="check">
        {translate("handled")}
      </Banner>
    );
  if (state === "dismissed") return <Banner icon="check">{translate("notNeeded")}</Banner>;
  if (verbs.length > 0 || isHeldBy(task, who.value?.user)) return null;
  return (
    <Banner kind="warn" icon="warning">
      <p>{translate("notMine")}</p>
      <p>
        <a href="/officer">{translate("toMine")}</a>
      </p>
    </Banner>
  );
}

function StartTravel({ seen: { task } }: { seen: Seen }): VNode {
  const [leaving, leave] = useAction(async () => {
    await note(task, translate("travelNote"));
    toast(translate("travelRecorded"), "good");
  });
  return (
    <button type="button" class="button big wide" aria-disabled={leaving} onClick={() => leave()}>
      <Icon name="route" />
      {translate("startTravel")}
    </button>
  );
}

function Reason(props: {
  verb: "decline" | "pause";
  busy: boolean;
  onClose: () => void;
  onSubmit: (words: string) => void;
}): VNode {
  const { verb, busy, onClose, onSubmit } = props;
  const [words, setWords] = useState("");
  return (
    <Dialog title={translate(verb === "decline" ? "reasonDecline" : "reasonPause")} onClose={onClose}>
      <AreaField label={translate("reason")} value={words} onValue={setWords} />
      <button
        type="button"
        class="button main big wide"
        disabled={busy || words.trim() === ""}
        onClick={() => onSubmit(words.trim())}
      >
        {field("send")}
      </button>
    </Dialog>
  );
}

function Photos({ seen: { task }, isNext }: { seen: Seen; isNext: boolean }): VNode {
  const challenge = useChallenge(task.id, true);
  const [isCapturing, setCapturing] = useState(false);
  const [busy, addPhoto] = useAction(async (what: "before" | "after", file: File) => {
    const [image, at] = await Promise.all([sendable(file), locate()]);
    const photo = photoOf(image, at);
    if (what === "before") await attach(task, photo);
    else await move(task, "resolve", { photo });
    toast(translate("photoSaved"), "good");
  });
  const resolve = async (photo: Photo): Promise<void> => {
    await move(task, "resolve", { photo });
    setCapturing(false);
    toast(translate("photoSaved"), "good");
  };
  const upload = (
    <Shutter
      words={translate(challenge ? "photoUpload" : "photoAfter")}
      isMain={isNext && !challenge}
      busy={busy}
      onFile={(file) => addPhoto("after", file)}
    />
  );
  const after = challenge ? <CaptureButton isMain={isNext} onOpen={() => setCapturing(true)} /> : upload;
  return (
    <>
      <Shutter
        words={translate("photoBefore")}
        isMain={false}
        busy={busy}
        onFile={(file) => addPhoto("before", file)}
      />
      {isNext ? <NextStep>{after}</NextStep> : after}
      {challenge ? upload : null}
      <p class="small soft">{translate(challenge ? "photoUploadHint" : "photoAfterHint")}</p>
      {challenge && isCapturing ? (
        <CaptureDialog challenge={challenge} onClose={() => setCapturing(false)} onPhoto={resolve} />
      ) : null}
    </>
  );
}

function CaptureButton({ isMain, onOpen }: { isMain: boolean; onOpen: () => void }): VNode {
  return (
    <button type="button" class={`button big wide${isMain ? " main" : ""}`} onClick={onOpen}>
      <Icon name="photo" />
      {translate("photoAfter")}
    </button>
  );
}

function Shutter(props: { words: string; isMain: boolean; busy: boolean; onFile: (file: File) => void }): VNode {
  return (
    <label class={`button big wide file${props.isMain ? " main" : ""}`}>
      <Icon name="photo" />
      {props.words}
      <input
        type="file"
        accept="image/*"
        capture="environment"
        aria-disabled={props.busy}
        onClick={(event) => props.busy && event.preventDefault()}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) props.onFile(file);
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}
