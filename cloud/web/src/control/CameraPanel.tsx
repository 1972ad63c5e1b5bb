// One camera in the control room: its image with zones, live on request, a question to it, and taking it out of sight.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { RECHECKED_HAZARDS } from "../api/registries";
import { city, reloadCity } from "../live/city";
import { Dialog } from "../parts/dialog";
import { AreaField, SelectField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Facts } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { role } from "../session/session";
import { now } from "../shell/now";
import { categoryWords } from "../words/field";
import { ago, dateAndTime, number, percent, span } from "../words/format";
import { Accuracy } from "./Accuracy";
import { CALM_MS, LIVE_MS, useFrame, useSnapshots } from "./frames";
import { SnapshotView, ZoneNames } from "./SnapshotView";
import { cannotWords, lookWords, translate } from "./words";

type Detail = Schemas["CameraDetail"];
type Hazard = Schemas["CameraLookCreate"]["hazard"];
const WATCH_SECONDS = 60;
const HAZARDS = RECHECKED_HAZARDS as readonly Hazard[];
const ANSWER_MS = 3_000;

export function CameraPanel({ id }: { id: string }): VNode {
  const seen = city.camera.value.get(id);
  const [checks, setChecks] = useState(0);
  const detail = useLoad(
    () => request(api.GET("/api/v1/cameras/{camera_id}", { params: { path: { camera_id: id } } })),
    [id, checks, seen?.unknown_since, seen?.masked_since],
  );
  return <Shown of={detail}>{(found) => <Content detail={found} again={() => setChecks((n) => n + 1)} />}</Shown>;
}

function Content({ detail, again }: { detail: Detail; again: () => void }): VNode {
  const camera = city.camera.value.get(detail.camera.id) ?? detail.camera;
  const [until, setUntil] = useState(detail.live?.until ?? "");
  const isLive = Date.parse(until || "1970-01-01") > now.value;
  const snapshot = useFrame(camera.id, isLive ? LIVE_MS : CALM_MS);
  useSnapshots([camera.id]);
  const mayAct = role.value !== "leader";
  return (
    <div class="stack" id="camera" data-live={isLive}>
      <header class="stack tight">
        <div class="row apart nofold">
          <h2>{camera.name || camera.id}</h2>
          {isLive ? <span class="tag live-tag">{translate("live")}</span> : null}
        </div>
        <p class="small soft">
          {camera.area_name ?? ""} · {translate("node")} {detail.node_id ?? "–"} ·{" "}
          {translate(detail.is_online ? "nodeOnline" : "nodeOffline")}
        </p>
      </header>
      <SnapshotView camera={camera} snapshot={snapshot} shapes={detail.shapes} />
      <ZoneNames shapes={detail.shapes} />
      {isLive ? (
        <p class="small">{translate("liveUntil", { t: span((Date.parse(until) - now.value) / 1000) })}</p>
      ) : null}
      <CameraActions detail={detail} setUntil={setUntil} again={again} mayAct={mayAct} />
      <Looks detail={detail} again={again} />
      <Accuracy id={camera.id} />
      <Record detail={detail} />
    </div>
  );
}

type PendingAction = "look" | "mask" | "unmask";

/** Watching is for leaders, too; to ask a camera for a look or to mask it is for operators. */
function CameraActions(props: {
  detail: Detail;
  setUntil: (at: string) => void;
  again: () => void;
  mayAct: boolean;
}): VNode {
  const { detail, setUntil, again, mayAct } = props;
  const { camera } = detail;
  const [pending, setPending] = useState<PendingAction | null>(null);
  const path = { params: { path: { camera_id: camera.id } } };
  const [busy, run] = useAction(async (act: () => Promise<unknown>) => {
    await act();
    setPending(null);
    again();
  });
  const watch = async (): Promise<void> => {
    const view = await request(
      api.POST("/api/v1/cameras/{camera_id}/views", { ...path, body: { seconds: WATCH_SECONDS } }),
    );
    setUntil(view.until);
  };
  const look = (hazard: Hazard) =>
    request(api.POST("/api/v1/cameras/{camera_id}/looks", { ...path, body: { hazard } }));
  const mask = async (masked: boolean, reason: string): Promise<void> => {
    await request(api.POST("/api/v1/cameras/{camera_id}/mask", { ...path, body: { masked, reason } }));
    toast(translate("done"), "good");
    reloadCity();
  };
  const canSee = detail.is_online && !camera.masked_since;
  const why = !detail.is_online ? translate("cutOffHelp") : translate("watchHelp", { t: span(WATCH_SECONDS) });
  return (
    <div class="row">
      {camera.masked_since ? null : <p class="small soft full">{why}</p>}
      <button type="button" class="button main" id="watch" disabled={busy || !canSee} onClick={() => run(watch)}>
        <Icon name="camera" />
        {translate("watch")}
      </button>
      {mayAct ? (
        <LookAndMask isMasked={Boolean(camera.masked_since)} canLook={!busy && canSee} onPick={setPending} />
      ) : null}
      {pending === "look" ? (
        <RecheckRequest close={() => setPending(null)} go={(hazard) => run(() => look(hazard))} />
      ) : null}
      {pending === "mask" || pending === "unmask" ? (
        <MaskDialog
          on={pending === "mask"}
          close={() => setPending(null)}
          go={(reason) => run(() => mask(pending === "mask", reason))}
        />
      ) : null}
    </div>
  );
}

function LookAndMask(props: { isMasked: boolean; canLook: boolean; onPick: (action: PendingAction) => void }): VNode {
  const { isMasked, canLook, onPick } = props;
  return (
    <>
      <button type="button" class="button" id="look" disabled={!canLook} onClick={() => onPick("look")}>
        <Icon name="search" />
        {translate("requestRecheck")}
      </button>
      {isMasked ? (
        <button type="button" class="button" id="unmask" onClick={() => onPick("unmask")}>
          {translate("unmask")}
        </button>
      ) : (
        <button type="button" class="button danger" id="mask" onClick={() => onPick("mask")}>
          {translate("mask")}
        </button>
      )}
    </>
  );
}

function RecheckRequest({ close, go }: { close: () => void; go: (hazard: Hazard) => void }): VNode {
  const [hazard, setHazard] = useState<Hazard>("flooding");
  return (
    <Dialog title={translate("requestRecheck")} onClose={close}>
      <p>{translate("lookHelp")}</p>
      <SelectField
        label={translate("lookFor")}
        value={hazard}
        onValue={setHazard}
        options={HAZARDS.map((one) => [one, categoryWords(one)])}
      />
      <button type="button" class="button main" onClick={() => go(hazard)}>
        {translate("requestRecheck")}
      </button>
    </Dialog>
  );
}

function MaskDialog({ on, close, go }: { on: boolean; close: () => void; go: (reason: string) => void }): VNode {
  const [reason, setReason] = useState("");
  return (
    <Dialog title={translate(on ? "mask" : "unmask")} onClose={close}>
      <p>{translate(on ? "maskHelp" : "unmaskHelp")}</p>
      <AreaField label={translate("reason")} value={reason} onValue={setReason} maxLength={500} />
      <button
        type="button"
        class={on ? "button danger" : "button main"}
        disabled={reason.trim().length < 3}
        onClick={() => go(reason.trim())}
      >
        {translate(on ? "mask" : "unmask")}
      </button>
    </Dialog>
  );
}

function Looks({ detail, again }: { detail: Detail; again: () => void }): VNode | null {
  const waits = detail.looks.some((one) => !one.state && Date.parse(one.deadline) > now.value);
  useAgain(again, waits || detail.looks.some((one) => one.state && one.state !== "cannot_see" && !one.image_url));
  if (detail.looks.length === 0) return null;
  return (
    <section class="stack tight">
      <h3>{translate("looks")}</h3>
      <ul class="list" id="looks">
        {detail.looks.map((one) => (
          <li key={one.look_id} class="card" data-state={one.state ?? "waiting"}>
            <span class="row apart">
              <span class="strong">{categoryWords(one.hazard)}</span>
              <span class="small soft">{ago(one.requested_at, now.value)}</span>
            </span>
            <span>{messageOf(one, now.value)}</span>
            {one.image_url ? <img class="look-picture" src={one.image_url} alt={translate("recheckImage")} /> : null}
            <span class="small soft">{one.requested_by}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a camera answered, or that it is still asked, or never answered. */
function messageOf(look: Schemas["CameraLook"], at: number): string {
  if (!look.state) return lookWords(Date.parse(look.deadline) > at ? "waiting" : "silent");
  if (look.state === "cannot_see") return `${lookWords(look.state)}: ${cannotWords(look.reason)}`;
  if (look.water_share !== null)
    return `${lookWords(look.state)} · ${translate("water", { n: percent(look.water_share) })}`;
  return lookWords(look.state);
}

/** Asks anew every few seconds while an answer is owed. */
function useAgain(again: () => void, waits: boolean): void {
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(again, ANSWER_MS);
    return () => clearInterval(timer);
  }, [waits]);
}

function Record({ detail }: { detail: Detail }): VNode {
  return (
    <details>
      <summary>{translate("record")}</summary>
      <Facts
        rows={[
          ...detail.masks.map(
            (one) =>
              [
                `${translate("mask")} ${dateAndTime(one.began_at)}`,
                `${one.began_by}: ${one.reason}${one.ended_at ? ` → ${dateAndTime(one.ended_at)} ${one.ended_by}: ${one.end_reason}` : ""}`,
              ] as const,
          ),
          ...detail.views.map(
            (one) =>
              [
                `${translate("watch")} ${dateAndTime(one.requested_at)}`,
                `${one.requested_by}, ${number(one.frames)} ${translate("images")}`,
              ] as const,
          ),
        ]}
      />
    </details>
  );
}
