// The map of the city: gauges, incidents, cameras, flood states and other layers, each to be switched on and off.

import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request, type Schemas } from "../api/client";
import { goalOf } from "../detour/address";
import { DetourPanel } from "../detour/DetourPanel";
import type { Detour } from "../detour/search";
import {
  type Camera,
  city,
  type FloodState,
  type Gauge,
  type Held,
  type Incident,
  loadError,
  loaded,
  useCity,
} from "../live/city";
import type { Spot } from "../live/reading";
import { viewOf } from "../map/address";
import { CityMap } from "../map/CityMap";
import type { Pick } from "../map/maplibre";
import { Dialog } from "../parts/dialog";
import { Switch } from "../parts/form";
import { Icon } from "../parts/icons";
import { Facts, useTitle } from "../parts/layout";
import { useLoad } from "../parts/load";
import { Age } from "../published/Age";
import {
  CAMERAS,
  type Cameras,
  INCIDENTS,
  type Incidents,
  LAYERS,
  type Layers,
  NOW,
  type Now,
} from "../published/files";
import { usePublished } from "../published/poll";
import { gaugesOf, isOld, named } from "../published/state";
import type { DrawnLine, Road } from "../roads/lines";
import { RoadRows } from "../roads/RoadRows";
import { type RoadsNow, useRoads } from "../roads/read";
import { translate as roadWords } from "../roads/words";
import { role } from "../session/session";
import { now } from "../shell/now";
import { ago, number } from "../words/format";
import { either, language } from "../words/language";
import { translate } from "./words";

const KINDS = ["gauges", "incidents", "cameras", "floods", "roads"] as const;
type Shown = Readonly<Record<(typeof KINDS)[number], boolean>>;
const ALL_SHOWN: Shown = { gauges: true, incidents: true, cameras: true, floods: true, roads: true };
type Layer = Schemas["MapLayer"];

const ADDRESS: Readonly<Record<string, string>> = { gauge: "/gauges/", incident: "/incidents/", area: "/areas/" };

/** Staff see what they may see, as it happens; everybody else what is published. */
export function MapPage(): VNode {
  return role.value ? <StaffMap /> : <PublicMap />;
}

interface Things {
  readonly gauges: readonly Gauge[];
  readonly incidents: readonly Incident[];
  /** False where what is open now is not known, which is not the same as that nothing is. */
  readonly areIncidentsKnown: boolean;
  readonly cameras: readonly Camera[];
  readonly floods: readonly FloodState[];
  readonly layers: readonly Layer[];
  readonly age: VNode | null;
}

function StaffMap(): VNode {
  useCity("gauge", "incident", "flood_state", "camera");
  const layers = useLoad(() => request(api.GET("/api/v1/layers")), []);
  const { gauge, incident, camera, flood_state: states } = city;
  const open = useMemo(() => [...incident.value.values()].filter((one) => one.state === "open"), [incident.value]);
  return (
    <PlacesMap
      gauges={useList(gauge.value)}
      incidents={open}
      areIncidentsKnown={loaded.value.has("incident") && loadError.value === null}
      cameras={useList(camera.value)}
      floods={useList(states.value)}
      layers={layers.data ?? NOTHING}
      age={null}
    />
  );
}

function PublicMap(): VNode {
  const { content: now } = usePublished<Now>(NOW);
  const { content: incidents } = usePublished<Incidents>(INCIDENTS);
  const { content: cameras } = usePublished<Cameras>(CAMERAS);
  const { content: layers } = usePublished<Layers>(LAYERS);
  const old = now !== null && isOld(now);
  const gauges = useMemo(() => (now ? gaugesOf(now, old) : NOTHING), [now, old, language.value]);
  const shownCameras = useMemo(() => cameras?.cameras.map(named) ?? NOTHING, [cameras, language.value]);
  return (
    <PlacesMap
      gauges={gauges}
      incidents={incidents?.incidents ?? NOTHING}
      areIncidentsKnown={incidents !== null && !isOld(incidents)}
      cameras={shownCameras}
      floods={now?.flood_states ?? NOTHING}
      layers={layers?.layers ?? NOTHING}
      age={<Age of={now} />}
    />
  );
}

function PlacesMap({ gauges, incidents, areIncidentsKnown, cameras, floods, layers, age }: Things): VNode {
  useTitle(translate("mapTitle"));
  const { route } = useLocation();
  const [shown, setShown] = useState<Shown>(ALL_SHOWN);
  const roads = useRoads();
  const [road, setRoad] = useState<string | null>(null);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [isChoosing, setChoosing] = useState(false);
  const [camera, setCamera] = useState<string | null>(null);
  const drawn = useMemo(() => layers.filter((one) => chosen.includes(one.id)), [layers, chosen]);
  const pick = ({ kind, id }: Pick): void => {
    const address = ADDRESS[kind];
    if (address) route(address + encodeURIComponent(id));
    else if (kind === "road") setRoad(id);
    else setCamera(id);
  };
  const looked = cameras.find((one) => one.id === camera);
  const [goal, setGoal] = useState(() => goalOf(window.location.search));
  const [detour, setDetour] = useState<Detour | null>(null);
  const [middle, setMiddle] = useState<Spot | null>(() => viewOf(window.location.search));
  const lines = useMemo(
    () => withDetour(shown.roads ? roads.roads : NOTHING, detour),
    [shown.roads, roads.roads, detour],
  );
  return (
    <div class="map-page">
      <h1 class="for-ears">{translate("mapTitle")}</h1>
      <CityMap
        gauges={shown.gauges ? gauges : NOTHING}
        incidents={shown.incidents ? incidents : NOTHING}
        cameras={shown.cameras ? cameras : NOTHING}
        floods={shown.floods ? floods : NOTHING}
        roads={lines}
        layers={drawn}
        marked={goal}
        onPick={pick}
        onMoved={setMiddle}
        legend
        addressed
      />
      {age}
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
          <LayerChoice layers={layers} chosen={chosen} choose={setChosen} />
        </Dialog>
      ) : null}
      {goal ? (
        <DetourPanel
          goal={goal}
          middle={middle}
          incidents={incidents}
          isKnown={areIncidentsKnown && !roads.isUnknown}
          roads={roads}
          onFound={setDetour}
          onClose={() => {
            setGoal(null);
            setDetour(null);
          }}
        />
      ) : null}
      {looked ? <CameraDialog camera={looked} onClose={() => setCamera(null)} /> : null}
      <button type="button" class="button map-roads" aria-haspopup="dialog" onClick={() => setRoad("")}>
        {roadWords("open", { n: number(roads.roads.length) })}
      </button>
      {road === null ? null : <RoadDialog roads={roads} chosen={road} onClose={() => setRoad(null)} />}
    </div>
  );
}

const withDetour = (roads: readonly Road[], detour: Detour | null): readonly DrawnLine[] =>
  detour === null ? roads : [...roads, { key: "detour", kind: "detour", line: detour.line }];

/** One road, or all of them where none was chosen. */
function RoadDialog(props: { roads: RoadsNow; chosen: string; onClose: () => void }): VNode {
  const { roads, chosen, onClose } = props;
  const one = roads.roads.filter(({ key }) => key === chosen);
  const shown = one.length > 0 ? { ...roads, roads: one } : roads;
  return (
    <Dialog title={roadWords("title")} onClose={onClose}>
      <RoadRows of={shown} />
    </Dialog>
  );
}

const NOTHING: readonly never[] = [];

/** The same list as long as nothing changed, so that the map draws only what did. */
function useList<T>(held: Held<T>): readonly T[] {
  return useMemo(() => [...held.values()], [held]);
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
            label={either(one.title_id, one.title_en)}
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
