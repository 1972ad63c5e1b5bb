// The map of the city: gauges, incidents, cameras, flood states and other layers, each to be switched on and off.

import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request, type Schemas } from "../api/client";
import { type Camera, city, type Held, useCity } from "../live/city";
import { CityMap } from "../map/CityMap";
import type { Pick } from "../map/maplibre";
import { Dialog } from "../parts/dialog";
import { Switch } from "../parts/form";
import { Icon } from "../parts/icons";
import { Facts, useTitle } from "../parts/layout";
import { useLoad } from "../parts/load";
import { now } from "../shell/now";
import { ago } from "../words/format";
import { language } from "../words/language";
import { translate } from "./words";

const KINDS = ["gauges", "incidents", "cameras", "floods"] as const;
type Shown = Readonly<Record<(typeof KINDS)[number], boolean>>;
type Layer = Schemas["MapLayer"];

const ADDRESS: Readonly<Record<string, string>> = { gauge: "/gauges/", incident: "/incidents/", area: "/areas/" };

export function MapPage(): VNode {
  useCity("gauge", "incident", "flood_state", "camera");
  useTitle(translate("mapTitle"));
  const { route } = useLocation();
  const [shown, setShown] = useState<Shown>({ gauges: true, incidents: true, cameras: true, floods: true });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [isChoosing, setChoosing] = useState(false);
  const [camera, setCamera] = useState<string | null>(null);
  const layers = useLoad(
    () => request(api.GET("/api/v1/layers", { params: { query: { lang: language.value } } })),
    [language.value],
  );
  const { gauge, incident, camera: cameras, flood_state: states } = city;
  const open = useMemo(() => [...incident.value.values()].filter((one) => one.state === "open"), [incident.value]);
  const drawn = useMemo(() => (layers.data ?? []).filter((one) => chosen.includes(one.id)), [layers.data, chosen]);
  const pick = ({ kind, id }: Pick): void => {
    const address = ADDRESS[kind];
    if (address) route(address + encodeURIComponent(id));
    else setCamera(id);
  };
  const looked = camera ? cameras.value.get(camera) : undefined;
  return (
    <div class="map-page">
      <h1 class="for-ears">{translate("mapTitle")}</h1>
      <CityMap
        gauges={useList(gauge.value, shown.gauges)}
        incidents={shown.incidents ? open : NOTHING}
        cameras={useList(cameras.value, shown.cameras)}
        floods={useList(states.value, shown.floods)}
        layers={drawn}
        onPick={pick}
        legend
      />
      <button type="button" class="button map-side" aria-haspopup="dialog" onClick={() => setChoosing(true)}>
        <Icon name="settings" />
        {translate("show")}
      </button>
      {isChoosing ? (
        <Dialog title={translate("show")} onClose={() => setChoosing(false)}>
          {KINDS.map((one) => (
            <Switch
              key={one}
              label={translate(one)}
              on={shown[one]}
              onChange={(on) => setShown({ ...shown, [one]: on })}
            />
          ))}
          <LayerChoice layers={layers.data ?? []} chosen={chosen} choose={setChosen} />
        </Dialog>
      ) : null}
      {looked ? <CameraDialog camera={looked} onClose={() => setCamera(null)} /> : null}
    </div>
  );
}

const NOTHING: readonly never[] = [];

/** The same list as long as nothing changed, so that the map draws only what did. */
function useList<T>(held: Held<T>, isShown: boolean): readonly T[] {
  return useMemo(() => (isShown ? [...held.values()] : NOTHING), [held, isShown]);
}

function LayerChoice(props: {
  layers: readonly Layer[];
  chosen: readonly string[];
  choose: (ids: readonly string[]) => void;
}): VNode | null {
  const { layers, chosen, choose } = props;
  if (layers.length === 0) return null;
  return (
    <>
      <h3>{translate("layers")}</h3>
      {layers.map((one) => (
        <div key={one.id}>
          <Switch
            label={one.title}
            on={chosen.includes(one.id)}
            onChange={(on) => choose(on ? [...chosen, one.id] : chosen.filter((id) => id !== one.id))}
          />
          <p class="small soft">
            {translate("attribution", { who: one.attribution })} · {one.licence}
          </p>
        </div>
      ))}
    </>
  );
}

function CameraDialog({ camera, onClose }: { camera: Camera; onClose: () => void }): VNode {
  const state = camera.unknown_since
    ? translate("cameraUnknown", { t: ago(camera.unknown_since, now.value) })
    : camera.last_frame_at
      ? translate("lastFrame", { t: ago(camera.last_frame_at, now.value) })
      : null;
  return (
    <Dialog title={camera.name || camera.id} onClose={onClose}>
      <Facts
        rows={[
          [translate("area"), camera.area_name],
          [translate("state"), state],
        ]}
      />
    </Dialog>
  );
}
