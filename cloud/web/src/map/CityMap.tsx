// The map as a component: give it things, it draws them; picks and moves come back. MapLibre is fetched when first shown.

import "../style/map.css";
import "../roads/roads.css";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { FLOOD_REACH_M } from "../api/registries";
import type { Camera, FloodState, Gauge, Incident } from "../live/city";
import type { Spot } from "../live/reading";
import { FloodMark, StageMark } from "../parts/marks";
import { FLOOD_STATES } from "../parts/shapes";
import type { DrawnLine } from "../roads/lines";
import { part } from "../shell/part";
import { shownTheme } from "../shell/theme";
import { floodWords, stageWords, translate } from "../words/field";
import { addressOf, type View, viewOf } from "./address";
import { type Basemap, loadBasemap } from "./basemap";
import type { Layer, MapView, Named, Officer, Pick } from "./maplibre";
import { loadOutlines } from "./outlines";
import { SearchBox } from "./SearchBox";
import type { Findable } from "./search";
import type { Shapes } from "./shapes";
import { translate as mapWords, roadKindWords } from "./words";

interface CityMapProps {
  readonly gauges?: Iterable<Gauge>;
  readonly incidents?: readonly Incident[];
  readonly cameras?: Iterable<Camera>;
  readonly floods?: Iterable<FloodState>;
  /** Streets under water, jams and blocked roads, and a way around them. */
  readonly roads?: readonly DrawnLine[];
  /** Where nothing is known. */
  readonly gaps?: readonly Named[];
  readonly officers?: readonly Officer[];
  readonly layers?: readonly Layer[];
  /** A place of its own mark. */
  readonly marked?: Spot | null;
  /** Moves there whenever it changes. */
  readonly look?: Spot | null;
  readonly onPick?: (pick: Pick) => void;
  readonly onMoved?: (middle: Spot) => void;
  /** A pin in the middle, for choosing a place by moving the map under it. */
  readonly cross?: boolean;
  readonly legend?: boolean;
  /** The view is in the address of the page, to be shared. */
  readonly addressed?: boolean;
}

const NO_GAUGES: readonly Gauge[] = [];
const NO_ROADS: readonly DrawnLine[] = [];
const ROAD_KINDS = ["detour", "closed", "flooded", "depth", "ahead", "blocked", "jam"] as const;
const AREA_ZOOM = 13.5;
const PLACE_ZOOM = 15;

type State = "waiting" | "shown" | "impossible";

/** What the server wrote into the page; nothing where the page comes from a development server. */
const meta = (name: string): string => {
  const set = document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? "";
  return set.startsWith("{{") ? "" : set;
};

export function CityMap(props: CityMapProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<MapView | null>(null);
  const [state, setState] = useState<State>("waiting");
  const [basemap, setBasemap] = useState<Basemap | null>(null);
  const [outline, setOutline] = useState<readonly [Shapes, Shapes] | null>(null);
  const latestProps = useRef(props);
  latestProps.current = props;

  useEffect(() => {
    let made: MapView | null = null;
    let isGone = false;
    const begin = async (): Promise<void> => {
      const [{ MapView: View, readable }, known] = await Promise.all([part(() => import("./maplibre")), loadBasemap()]);
      const streets = await readable(known);
      if (isGone || !box.current) return;
      setBasemap(streets);
      made = new View(box.current, {
        ground: { tileUrl: meta("tile-url"), tileAttribution: meta("tile-attribution"), basemap: streets },
        view: latestProps.current.addressed ? viewOf(location.search) : null,
        label: translate("map"),
        onPick: (pick) => latestProps.current.onPick?.(pick),
        onMoved: (middle) => latestProps.current.onMoved?.(middle),
        onView: (seen) => latestProps.current.addressed && writeView(seen),
        onDrawn: (isAll) => box.current?.toggleAttribute("data-drawn", isAll),
      });
      setView(made);
      const [areas, rivers] = await loadOutlines();
      setOutline([areas, rivers]);
      await made.showAreas(areas, rivers);
      setState("shown");
    };
    // No WebGL, or no signal before the map was ever fetched.
    begin().catch(() => setState("impossible"));
    return () => {
      isGone = true;
      made?.remove();
    };
  }, []);

  const { gauges, incidents, cameras, floods, roads, gaps, officers, layers, marked, look } = props;
  const theme = shownTheme.value;
  const note = noteOf(basemap, outline?.some((one) => one.schematic) ?? false);
  const goTo = (place: Findable | null): void => {
    void view?.mark(place);
    if (place) void view?.flyTo(place, place.kind === "area" ? AREA_ZOOM : PLACE_ZOOM);
  };
  useShown(view, gauges, (map, given) => map.showGauges(given));
  useShown(view, incidents, (map, given) => map.showIncidents(given));
  useShown(view, cameras, (map, given) => map.showCameras(given));
  useShown(state === "shown" ? view : null, floods, (map, given) => map.showFloods(given));
  useShown(view, roads, (map, given) => map.showRoads(given));
  useShown(view, gaps, (map, given) => map.showGaps(given));
  useShown(view, officers, (map, given) => map.showOfficers(given));
  useShown(view, layers, (map, given) => map.showLayers(given));
  useShown(view, marked, (map, given) => map.mark(given));
  useShown(state === "shown" ? view : null, look, (map, given) => (given ? map.flyTo(given) : Promise.resolve()));
  useShown(view, theme, (map) => map.recolour());

  return (
    <div class="map-box" data-state={state}>
      <div class="canvas" ref={box} />
      <p class="for-ears">{translate("mapHelp")}</p>
      {outline && state === "shown" ? (
        <SearchBox basemap={basemap} areas={outline[0]} gauges={gauges ?? NO_GAUGES} onFound={goTo} />
      ) : null}
      {note ? <p class="map-note">{note}</p> : null}
      {state === "shown" ? null : <p class="map-wait">{translate(state === "waiting" ? "loading" : "noMap")}</p>}
      {props.cross ? (
        <svg class="map-cross" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 24c-5-6-8-9.500-8-14a8 8 0 0 1 16 0c0 4.500-3 8-8 14zM12 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6z" />
        </svg>
      ) : null}
      {props.legend && state === "shown" ? (
        <Legend withFloods={floods !== undefined} roads={roads ?? NO_ROADS} />
      ) : null}
    </div>
  );
}

function noteOf(basemap: Basemap | null, isSchematic: boolean): string | null {
  if (basemap?.schematic) return mapWords("allSchematic");
  return isSchematic ? translate("schematic") : null;
}

function writeView(view: View | null): void {
  history.replaceState(history.state, "", addressOf(location.href, view));
}

function useShown<T>(
  view: MapView | null,
  given: T | undefined,
  show: (map: MapView, given: T) => Promise<void>,
): void {
  // `show` is the same words each time.
  useEffect(() => {
    if (view && given !== undefined) void show(view, given);
  }, [view, given]);
}

function Legend({ withFloods, roads }: { withFloods: boolean; roads: readonly DrawnLine[] }): VNode {
  return (
    <details class="map-legend">
      <summary>{translate("legend")}</summary>
      <ul>
        {([1, 2, 3, 4, 0] as const).map((stage) => (
          <li key={stage}>
            <StageMark stage={stage} /> {stageWords(stage)}
          </li>
        ))}
        {withFloods
          ? FLOOD_STATES.filter((one) => one !== "none").map((one) => (
              <li key={one}>
                <FloodMark state={one} /> {floodWords(one)}
              </li>
            ))
          : null}
        {withFloods ? <li class="small soft">{mapWords("floodArea")}</li> : null}
        {withFloods ? <li class="small soft">{mapWords("floodSpot", { n: FLOOD_REACH_M })}</li> : null}
        {ROAD_KINDS.filter((kind) => roads.some((one) => one.kind === kind)).map((kind) => (
          <li key={kind}>
            <span class={`road-mark road-${kind}`} aria-hidden="true" /> {roadKindWords(kind)}
          </li>
        ))}
      </ul>
    </details>
  );
}
