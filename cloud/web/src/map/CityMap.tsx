// The map as a component: give it things, it draws them; picks and moves come back. MapLibre is fetched when first shown.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { fetchJson } from "../api/client";
import type { Camera, FloodState, Gauge, Incident } from "../live/city";
import type { Spot } from "../live/reading";
import { FloodMark, StageMark } from "../parts/marks";
import { FLOOD_STATES } from "../parts/shapes";
import { AREAS, RIVERS } from "../published/files";
import { shownTheme } from "../shell/theme";
import { floodWords, stageWords, translate } from "../words/field";
import type { Layer, MapView, Named, Officer, Pick } from "./maplibre";
import type { Shapes } from "./shapes";

interface CityMapProps {
  readonly gauges?: Iterable<Gauge>;
  readonly incidents?: Iterable<Incident>;
  readonly cameras?: Iterable<Camera>;
  readonly floods?: Iterable<FloodState>;
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
}

type State = "waiting" | "shown" | "impossible";

let outlines: Promise<readonly [Shapes, Shapes]> | null = null;

/** Areas and rivers, asked for once per visit. */
export function loadOutlines(): Promise<readonly [Shapes, Shapes]> {
  outlines ??= Promise.all([fetchJson<Shapes>(AREAS), fetchJson<Shapes>(RIVERS)]).catch((error) => {
    outlines = null;
    throw error;
  });
  return outlines;
}

const tileUrl = (): string => {
  const set = document.querySelector<HTMLMetaElement>("meta[name=tile-url]")?.content ?? "";
  return set.startsWith("{{") ? "" : set;
};

export function CityMap(props: CityMapProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<MapView | null>(null);
  const [state, setState] = useState<State>("waiting");
  const [isSchematic, setSchematic] = useState(false);
  const latestProps = useRef(props);
  latestProps.current = props;

  useEffect(() => {
    let made: MapView | null = null;
    let isGone = false;
    const begin = async (): Promise<void> => {
      const { MapView: View } = await import("./maplibre");
      if (isGone || !box.current) return;
      made = new View(box.current, {
        tileUrl: tileUrl(),
        label: translate("map"),
        onPick: (pick) => latestProps.current.onPick?.(pick),
        onMoved: (middle) => latestProps.current.onMoved?.(middle),
        onDrawn: (isAll) => box.current?.toggleAttribute("data-drawn", isAll),
      });
      setView(made);
      const [areas, rivers] = await loadOutlines();
      setSchematic(Boolean(areas.schematic || rivers.schematic));
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

  const { gauges, incidents, cameras, floods, gaps, officers, layers, marked, look } = props;
  const theme = shownTheme.value;
  useShown(view, gauges, (map, given) => map.showGauges(given));
  useShown(view, incidents, (map, given) => map.showIncidents(given));
  useShown(view, cameras, (map, given) => map.showCameras(given));
  useShown(state === "shown" ? view : null, floods, (map, given) => map.showFloods(given));
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
      {isSchematic ? <p class="map-note">{translate("schematic")}</p> : null}
      {state === "shown" ? null : <p class="map-wait">{translate(state === "waiting" ? "loading" : "noMap")}</p>}
      {props.cross ? (
        <svg class="map-cross" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M12 24c-5-6-8-9.500-8-14a8 8 0 0 1 16 0c0 4.500-3 8-8 14zM12 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6z" />
        </svg>
      ) : null}
      {props.legend && state === "shown" ? <Legend withFloods={floods !== undefined} /> : null}
    </div>
  );
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

function Legend({ withFloods }: { withFloods: boolean }): VNode {
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
      </ul>
    </details>
  );
}
