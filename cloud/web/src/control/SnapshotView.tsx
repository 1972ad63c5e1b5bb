// The newest snapshot of a camera with its zones over it, or that there is none and why.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import type { Camera } from "../live/city";
import { now } from "../shell/now";
import { translate as field } from "../words/field";
import { ago } from "../words/format";
import type { SnapshotState } from "./frames";
import { isBlind } from "./queue/queue";
import { translate, zoneWords } from "./words";

type Shape = Schemas["ZoneShape"];

export function SnapshotView(props: { camera: Camera; snapshot: SnapshotState; shapes?: readonly Shape[] }): VNode {
  const { camera, snapshot, shapes = [] } = props;
  const name = camera.name || camera.id;
  return (
    <figure class="snapshot">
      <div class={`snapshot-frame${isBlind(camera) ? " blind" : ""}`}>
        {snapshot && snapshot !== "none" ? (
          <img src={snapshot.url} alt={translate("snapshotOf", { name })} />
        ) : (
          <p class="snapshot-none">{translate(snapshot === "none" ? whyNone(camera) : "requesting")}</p>
        )}
        <Zones shapes={shapes} />
      </div>
      <figcaption class="small row apart">
        <Seeing camera={camera} />
        {snapshot && snapshot !== "none" ? <span class="soft">{ago(snapshot.capturedAt, now.value)}</span> : null}
      </figcaption>
    </figure>
  );
}

export function Seeing({ camera }: { camera: Camera }): VNode {
  const { masked_since, unknown_since } = camera;
  if (masked_since) return <span class="warn">{translate("maskedSince", { t: ago(masked_since, now.value) })}</span>;
  if (unknown_since) return <span class="warn">{field("unknownSince", { t: ago(unknown_since, now.value) })}</span>;
  return <span class={isBlind(camera) ? "warn" : "soft"}>{translate(isBlind(camera) ? "neverSpoke" : "sees")}</span>;
}

const whyNone = (camera: Camera): "masked" | "blindNow" | "noSnapshot" =>
  camera.masked_since ? "masked" : isBlind(camera) ? "blindNow" : "noSnapshot";

function Zones({ shapes }: { shapes: readonly Shape[] }): VNode | null {
  const drawn = shapes.filter((one) => one.polygon.length > 2);
  if (drawn.length === 0) return null;
  return (
    <svg class="zones" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      {drawn.map((one) => (
        <polygon key={one.id} class={`zone zone-${one.kind}`} points={one.polygon.map((at) => at.join()).join(" ")} />
      ))}
    </svg>
  );
}

/** Which zones a camera watches, in the colours of their outlines. */
export function ZoneNames({ shapes }: { shapes: readonly Shape[] }): VNode | null {
  if (shapes.length === 0) return null;
  return (
    <ul class="row zone-names small" aria-label={translate("zones")}>
      {shapes.map((one) => (
        <li key={one.id} class="row nofold tight-icon">
          <svg class="zone-sample" viewBox="0 0 24 12" aria-hidden="true">
            <rect class={`zone zone-${one.kind}`} x="2" y="2" width="20" height="8" />
          </svg>
          {zoneWords(one.kind)} {one.id === zoneWords(one.kind) ? null : <span class="soft">{one.id}</span>}
          {one.polygon.length > 2 ? null : <span class="soft">({translate("onNode")})</span>}
        </li>
      ))}
    </ul>
  );
}
