// The newest snapshot of the nearest camera that the city shows to everybody, with its age.

import type { VNode } from "preact";
import { type NearCamera, type Snapshot, snapshotFile } from "../../published/files";
import { usePublished } from "../../published/poll";
import { named } from "../../published/state";
import { now } from "../../shell/now";
import { ago, dateAndTime, metres } from "../../words/format";
import { translate } from "./words";

/** Older than this, water may long stand otherwise. */
const OLD_MS = 15 * 60_000;

export function NearSnapshot({ camera, area }: { camera: NearCamera; area: string }): VNode | null {
  const { content } = usePublished<Snapshot>(snapshotFile(camera.id));
  if (content === null) return null;
  const { name } = named(camera);
  const isOld = now.value - Date.parse(content.taken_at) > OLD_MS;
  return (
    <figure class="card stack tight" id="near-camera">
      <h3>{translate("nearCamera")}</h3>
      <img
        class="near-snapshot"
        src={`data:image/jpeg;base64,${content.jpeg}`}
        alt={translate("snapshotOf", { name, t: dateAndTime(content.taken_at) })}
      />
      <figcaption class="stack tight">
        <span>
          {name} · {translate("fromMiddle", { d: metres(camera.distance_m), area })}
        </span>
        <span class={`small ${isOld ? "warn" : "soft"}`}>
          {translate(isOld ? "snapshotOld" : "snapshotAt", { t: ago(content.taken_at, now.value) })}
        </span>
        <span class="small soft">{translate("redacted")}</span>
      </figcaption>
    </figure>
  );
}
