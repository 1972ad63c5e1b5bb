// Stills of cameras, some at a time, renewed while they are looked at: nearest to the chosen incident, or by name.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { type Camera, city, loaded } from "../live/city";
import { distance, type Spot } from "../live/reading";
import { TextField } from "../parts/form";
import { Empty, Loading } from "../parts/layout";
import { metres, number } from "../words/format";
import { CALM_MS, useFrame, useSnapshots } from "./frames";
import { PastImage } from "./replay/PastPanels";
import { replay } from "./replay/replay";
import { SnapshotView } from "./SnapshotView";
import { translate } from "./words";

const AT_ONCE = 12;

export function CameraGrid(props: { near: Spot | null; chosen: string | null; choose: (id: string) => void }): VNode {
  const { near, chosen, choose } = props;
  const [wanted, setWanted] = useState("");
  const [from, setFrom] = useState(0);
  const found = sorted(matching([...city.camera.value.values()], wanted), near);
  const start = from < found.length ? from : 0;
  const shown = found.slice(start, start + AT_ONCE);
  const isPast = replay.value !== null;
  useSnapshots(isPast ? [] : shown.map((one) => one.id));
  if (!loaded.value.has("camera")) return <Loading />;
  return (
    <div class="stack" id="cameras">
      <TextField label={translate("findCamera")} type="search" value={wanted} onValue={setWanted} />
      {near ? <p class="small soft">{translate("nearestFirst")}</p> : null}
      {shown.length === 0 ? <Empty>{translate("noCamera")}</Empty> : null}
      <ul class="snapshots">
        {shown.map((one) => (
          <li key={one.id}>
            <button
              type="button"
              class="card snapshot-card"
              data-camera={one.id}
              aria-pressed={one.id === chosen}
              onClick={() => choose(one.id)}
            >
              {isPast ? <PastImage id={one.id} name={one.name || one.id} /> : <CameraSnapshot camera={one} />}
              <span class="strong">{one.name || one.id}</span>{" "}
              <span class="small soft">{near ? metres(distance(one, near)) : (one.area_name ?? "")}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length > AT_ONCE ? (
        <div class="row apart">
          <button type="button" class="button" disabled={start === 0} onClick={() => setFrom(start - AT_ONCE)}>
            {translate("before12")}
          </button>
          <span class="small soft">
            {number(start + 1)}–{number(start + shown.length)} / {number(found.length)}
          </span>
          <button
            type="button"
            class="button"
            disabled={start + AT_ONCE >= found.length}
            onClick={() => setFrom(start + AT_ONCE)}
          >
            {translate("next12")}
          </button>
        </div>
      ) : null}
    </div>
  );
}

function CameraSnapshot({ camera }: { camera: Camera }): VNode {
  return <SnapshotView camera={camera} snapshot={useFrame(camera.id, CALM_MS)} />;
}

function matching(cameras: Camera[], wanted: string): Camera[] {
  const words = wanted.trim().toLowerCase();
  if (!words) return cameras;
  return cameras.filter((one) => `${one.id} ${one.name} ${one.area_name ?? ""}`.toLowerCase().includes(words));
}

function sorted(cameras: Camera[], near: Spot | null): Camera[] {
  if (near) return cameras.sort((a, b) => distance(a, near) - distance(b, near));
  return cameras.sort((a, b) => (a.name || a.id).localeCompare(b.name || b.id));
}
