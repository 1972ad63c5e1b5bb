// The map on this phone: stored for times without a signal when an officer asks for it, with its size.

import type { VNode } from "preact";
import { loadBasemap } from "../map/basemap";
import { removeMap, storedState, storeMap } from "../map/stored";
import { useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { useLoad } from "../parts/load";
import { number } from "../words/format";
import { translate } from "./words";

const MIB = 2 ** 20;

export function StoredMap(): VNode | null {
  const held = useLoad(async () => ({ basemap: await loadBasemap(), state: await storedState() }), []);
  const [busy, act] = useAction(async (isWanted: boolean) => {
    await (isWanted ? storeMap() : removeMap());
    held.again();
  });
  if (!held.data || held.data.state === "impossible") return null;
  const { basemap, state } = held.data;
  const size = number(Math.max(0.1, (basemap?.phone?.bytes ?? 0) / MIB), 1);
  return (
    <section class="card" id="stored-map" data-state={state}>
      <h2>{translate("storedMap")}</h2>
      <p>{translate(state === "stored" ? "mapStored" : state === "old" ? "mapOld" : "mapNotStored")}</p>
      {state === "stored" ? (
        <button type="button" class="button wide" disabled={busy} onClick={() => act(false)}>
          {translate("removeMap")}
        </button>
      ) : (
        <button type="button" class="button main wide" disabled={busy} onClick={() => act(true)}>
          <Icon name="download" />
          {translate("storeMap", { mib: size })}
        </button>
      )}
    </section>
  );
}
