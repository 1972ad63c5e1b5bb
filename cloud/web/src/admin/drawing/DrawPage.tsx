// One camera: zones and masks drawn over its newest snapshot, saved for its node, and what the node answers.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useRoute } from "preact-iso";
import { api, request, type Schemas } from "../../api/client";
import { useAction } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { Banner, Loading, Page } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { toast } from "../../parts/toasts";
import { now } from "../../shell/now";
import { ago } from "../../words/format";
import { Refused, useSaving } from "../saving";
import { translate as admin } from "../words";
import * as model from "./model";
import { ShapePanel } from "./ShapePanel";
import { Stage } from "./Stage";
import { type Easel, useEasel } from "./useEasel";
import { useSnapshot } from "./useSnapshot";
import { kindWords, stateWords, translate } from "./words";

type Form = Schemas["CameraDrawing"];
const MOVING = new Set(["waiting", "sent", "trial"]);
const POLL_MS = 2_000;

export function DrawPage(): VNode {
  const camera = useRoute().params.camera ?? "";
  const form = useLoad(
    () => request(api.GET("/api/v1/admin/cameras/{camera_id}/drawing", { params: { path: { camera_id: camera } } })),
    [camera],
  );
  const state = form.data?.state ?? "";
  useEffect(() => {
    if (!MOVING.has(state)) return;
    const timer = setInterval(form.again, POLL_MS);
    return () => clearInterval(timer);
  }, [state, form.again]);
  return (
    <Page
      title={translate("title", { name: form.data?.name || camera })}
      intro={translate("help")}
      width="wide"
      tools={
        <a class="button" href="/admin/sites">
          {translate("back")}
        </a>
      }
    >
      <Shown of={form}>{(data) => <DrawingBoard key={camera} form={data as Form} again={form.again} />}</Shown>
    </Page>
  );
}

function DrawingBoard({ form, again }: { form: Form; again: () => void }): VNode {
  const easel = useEasel();
  const loaded = useRef<string | null>(null);
  const [version, setVersion] = useState(form.version);
  const snapshot = useSnapshot(form.camera_id, form.image_url ?? null, form.snapshot_at ?? null);
  const [ratio, setRatio] = useState(9 / 16);
  // The client's types take pairs for lists.
  const replaceForm = (next: unknown): void => acceptForm(next as Form);
  const acceptForm = (next: Form): void => {
    easel.load(model.shapesOf(next));
    setVersion(next.version);
    loaded.current = next.version;
  };
  useEffect(() => {
    if (loaded.current === null) replaceForm(form);
  });
  const saving = useSaving(async () => {
    const params = { path: { camera_id: form.camera_id }, header: { "if-match": version } };
    const update = model.updateOf(easel.shapes);
    replaceForm(await request(api.PUT("/api/v1/admin/cameras/{camera_id}/drawing", { params, body: update })));
    toast(translate("saved"), "good");
    again();
  });
  const newest = async (): Promise<void> => {
    const path = { camera_id: form.camera_id };
    replaceForm(await request(api.GET("/api/v1/admin/cameras/{camera_id}/drawing", { params: { path } })));
    again();
  };
  return (
    <div class="desk">
      <div class="stack">
        <Tools easel={easel} />
        <Stage
          easel={easel}
          image={snapshot.url}
          label={translate("imageOf", { name: form.name || form.camera_id })}
          ratio={ratio}
          onSize={(width, height) => setRatio(height / width)}
        />
        <SnapshotLine snapshot={snapshot} />
        <p class="small soft keys">{translate("keys")}</p>
      </div>
      <div class="stack">
        <RolloutLine form={form} />
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
      <div class="row tools" role="toolbar" aria-label={translate("drawNew")}>
        <span class="strong grow">{translate("tapHere")}</span>
        <button type="button" class="button main" id="done" onClick={easel.finish}>
          <Icon name="check" />
          {translate("done")}
        </button>
        <button type="button" class="button" onClick={easel.undo}>
          {translate("undo")}
        </button>
        <button type="button" class="button" onClick={easel.giveUp}>
          {translate("giveUp")}
        </button>
      </div>
    );
  }
  return (
    <div class="row tools" role="toolbar" aria-label={translate("drawNew")}>
      <span class="strong">{translate("drawNew")}</span>
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
        {translate("undo")}
      </button>
      <button type="button" class="button" disabled={!easel.canRedo} onClick={easel.redo}>
        {translate("redo")}
      </button>
    </div>
  );
}

function SnapshotLine({ snapshot }: { snapshot: ReturnType<typeof useSnapshot> }): VNode {
  const [busy, run] = useAction(async () => {
    const isRequested = await snapshot.requestNew();
    toast(
      isRequested ? translate("snapshotRequested") : translate("snapshotUnavailable"),
      isRequested ? "good" : "warn",
    );
  });
  if (snapshot.isLoading) return <Loading />;
  return (
    <div class="row apart">
      <span class="small soft">
        {snapshot.capturedAt
          ? translate("capturedAt", { t: ago(snapshot.capturedAt, now.value) })
          : translate("noSnapshot")}
      </span>
      <button type="button" class="button" disabled={busy} onClick={() => run()}>
        <Icon name="refresh" />
        {translate("requestSnapshot")}
      </button>
    </div>
  );
}

function RolloutLine({ form }: { form: Form }): VNode {
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
          {translate("drawnBy", { who: form.drawn_by, t: ago(form.drawn_at, now.value) })}
          {form.config_version ? ` · ${translate("version", { n: form.config_version })}` : ""}
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
        {translate("save")}
      </button>
      {hasProblem && easel.drawing === null ? <p class="bad small">{translate("mend")}</p> : null}
      {easel.canUndo ? <p class="small warn">{admin("unsaved")}</p> : null}
    </div>
  );
}
