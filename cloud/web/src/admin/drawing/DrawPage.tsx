// One camera: zones and masks drawn over its newest picture, saved for its box, and what the box answers.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, ask, type Schemas } from "../../api/client";
import { useAction } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { Banner, Loading, Page } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { toast } from "../../parts/toasts";
import { now } from "../../shell/now";
import { ago } from "../../words/say";
import { Refused, useSaving } from "../saving";
import { say as admin } from "../words";
import * as model from "./model";
import { ShapePanel } from "./ShapePanel";
import { Stage } from "./Stage";
import { type Easel, useEasel } from "./useEasel";
import { useStill } from "./useStill";
import { kindWords, say, stateWords } from "./words";

type Form = Schemas["CameraDrawing"];
const MOVING = new Set(["waiting", "sent", "trial"]);
const ASK_AGAIN_MS = 2_000;

export function DrawPage(): VNode {
  const camera = useRoute().params.camera ?? "";
  const form = useLoad(
    () => ask(api.GET("/api/v1/admin/cameras/{camera_id}/drawing", { params: { path: { camera_id: camera } } })),
    [camera],
  );
  const state = form.data?.state ?? "";
  useEffect(() => {
    if (!MOVING.has(state)) return;
    const timer = setInterval(form.again, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [state, form.again]);
  return (
    <Page
      title={say("title", { name: form.data?.name || camera })}
      intro={say("help")}
      width="wide"
      tools={
        <a class="button" href="/admin/sites">
          {say("back")}
        </a>
      }
    >
      <Shown of={form}>{(data) => <Desk key={camera} form={data as Form} again={form.again} />}</Shown>
    </Page>
  );
}

function Desk({ form, again }: { form: Form; again: () => void }): VNode {
  const easel = useEasel();
  const loaded = useRef<string | null>(null);
  const [version, setVersion] = useState(form.version);
  const still = useStill(form.camera_id, form.image_url ?? null, form.snapshot_at ?? null);
  const [ratio, setRatio] = useState(9 / 16);
  // The client's types take pairs for lists.
  const take = (next: unknown): void => takeForm(next as Form);
  const takeForm = (next: Form): void => {
    easel.load(model.shapesOf(next));
    setVersion(next.version);
    loaded.current = next.version;
  };
  useEffect(() => {
    if (loaded.current === null) take(form);
  });
  const saving = useSaving(async () => {
    const params = { path: { camera_id: form.camera_id }, header: { "if-match": version } };
    const wish = model.wishOf(easel.shapes);
    take(await ask(api.PUT("/api/v1/admin/cameras/{camera_id}/drawing", { params, body: wish })));
    toast(say("saved"), "good");
    again();
  });
  const newest = async (): Promise<void> => {
    const path = { camera_id: form.camera_id };
    take(await ask(api.GET("/api/v1/admin/cameras/{camera_id}/drawing", { params: { path } })));
    again();
  };
  return (
    <div class="desk">
      <div class="stack">
        <Tools easel={easel} />
        <Stage
          easel={easel}
          picture={still.url}
          label={say("picture", { name: form.name || form.camera_id })}
          ratio={ratio}
          onSize={(width, height) => setRatio(height / width)}
        />
        <StillLine still={still} />
        <p class="small soft keys">{say("keys")}</p>
      </div>
      <div class="stack">
        <Way form={form} />
        <Refused error={saving.error} again={() => void newest()} />
        <SaveBar easel={easel} saving={saving} />
        <ShapePanel easel={easel} wrong={saving.wrong} />
      </div>
    </div>
  );
}

function Tools({ easel }: { easel: Easel }): VNode {
  const zones = easel.shapes.filter((one) => one.kind !== "mask").length;
  const isFull = (kind: model.Kind): boolean =>
    kind === "mask" ? easel.shapes.length - zones >= model.MOST_MASKS : zones >= model.MOST_ZONES;
  if (easel.drawing !== null) {
    return (
      <div class="row tools" role="toolbar" aria-label={say("drawNew")}>
        <span class="strong grow">{say("tapHere")}</span>
        <button type="button" class="button main" id="done" onClick={easel.finish}>
          <Icon name="check" />
          {say("done")}
        </button>
        <button type="button" class="button" onClick={easel.undo}>
          {say("undo")}
        </button>
        <button type="button" class="button" onClick={easel.giveUp}>
          {say("giveUp")}
        </button>
      </div>
    );
  }
  return (
    <div class="row tools" role="toolbar" aria-label={say("drawNew")}>
      <span class="strong">{say("drawNew")}</span>
      {model.KINDS.map((kind) => (
        <button
          key={kind}
          type="button"
          class={`button shape-${kind}`}
          data-kind={kind}
          disabled={isFull(kind)}
          onClick={() => {
            easel.begin(kind);
            document.querySelector<HTMLElement>(".stage")?.focus({ preventScroll: true });
          }}
        >
          <span class="swatch" aria-hidden="true" />
          {kindWords(kind)}
        </button>
      ))}
      <span class="grow" />
      <button type="button" class="button" id="undo" disabled={!easel.canUndo} onClick={easel.undo}>
        {say("undo")}
      </button>
      <button type="button" class="button" disabled={!easel.canRedo} onClick={easel.redo}>
        {say("redo")}
      </button>
    </div>
  );
}

function StillLine({ still }: { still: ReturnType<typeof useStill> }): VNode {
  const [busy, run] = useAction(async () => {
    const asked = await still.askNew();
    toast(asked ? say("stillAsked") : say("stillNone"), asked ? "good" : "warn");
  });
  if (still.isAsking) return <Loading />;
  return (
    <div class="row apart">
      <span class="small soft">
        {still.takenAt ? say("takenAt", { t: ago(still.takenAt, now.value) }) : say("noPicture")}
      </span>
      <button type="button" class="button" disabled={busy} onClick={() => run()}>
        <Icon name="refresh" />
        {say("still")}
      </button>
    </div>
  );
}

function Way({ form }: { form: Form }): VNode {
  const tone = form.state === "applied" ? "good" : toneOf(form.state);
  return (
    <Banner kind={tone} icon={tone === "good" ? "check" : tone === "plain" ? "clock" : "warning"}>
      <p id="state" data-state={form.state}>
        <span class="strong">{stateWords(form.state)}</span>
        {form.node_id ? <span class="soft"> · {form.node_id}</span> : null}
      </p>
      {form.problem ? <p>{form.problem}</p> : null}
      {form.drawn_at && form.drawn_by ? (
        <p class="small soft">
          {say("drawnBy", { who: form.drawn_by, t: ago(form.drawn_at, now.value) })}
          {form.config_version ? ` · ${say("version", { n: form.config_version })}` : ""}
        </p>
      ) : null}
    </Banner>
  );
}

const toneOf = (state: Form["state"]): "bad" | "warn" | "plain" =>
  state === "refused" || state === "rolled_back" || state === "problem" ? "bad" : state === "no_box" ? "warn" : "plain";

function SaveBar({ easel, saving }: { easel: Easel; saving: { busy: boolean; run: () => void } }): VNode {
  const hasProblem = easel.shapes.some((_, index) => model.problemOf(easel.shapes, index) !== null);
  return (
    <div class="stack tight">
      <button
        type="button"
        class="button main big wide"
        id="save"
        disabled={saving.busy || hasProblem || easel.drawing !== null}
        onClick={saving.run}
      >
        {say("save")}
      </button>
      {hasProblem && easel.drawing === null ? <p class="bad small">{say("mend")}</p> : null}
      {easel.canUndo ? <p class="small warn">{admin("unsaved")}</p> : null}
    </div>
  );
}
