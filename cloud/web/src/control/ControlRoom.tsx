// The control room: lists beside the map, and one incident, camera or gauge to look into and to act on.

import type { VNode } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useLocation } from "preact-iso";
import { ApiError, api, request } from "../api/client";
import { city, type Incident, useCity } from "../live/city";
import type { Spot } from "../live/reading";
import { CityMap } from "../map/CityMap";
import { Icon } from "../parts/icons";
import { Empty, useTitle } from "../parts/layout";
import { useMedia } from "../parts/media";
import { Tabs } from "../parts/tabs";
import { toast } from "../parts/toasts";
import type { Road } from "../roads/lines";
import { useRoads } from "../roads/read";
import { number } from "../words/format";
import { addressOf, type Chosen, type Numbered, numberedOf, type View, viewOf } from "./address";
import { CameraPanel } from "./CameraPanel";
import { CameraGrid } from "./Cameras";
import { Coverage } from "./coverage/Coverage";
import { gapsOf } from "./coverage/coverage";
import { GaugePanel } from "./GaugePanel";
import { Keys } from "./keys";
import { GaugeList, TaskTable } from "./Lists";
import { OfficerList, shownOfficers } from "./Officers";
import { Needs } from "./queue/Needs";
import { Queue } from "./queue/Queue";
import { bySeverity, type List } from "./queue/queue";
import { PastCamera, PastIncident } from "./replay/PastPanels";
import { isUnknownThen, replay, useReplay } from "./replay/replay";
import { ReplayButton, TimeBar } from "./replay/TimeBar";
import { translate as past } from "./replay/words";
import { Selected } from "./Selected";
import { Strip } from "./Strip";
import { WIDE, WideColumn } from "./WideColumn";
import { translate } from "./words";

const NO_SUCH = { incident: "noNumber", task: "noTaskNumber" } as const;
/** Where officers were is not stored. */
const NO_OFFICERS: typeof shownOfficers.value = [];
/** Nor how the roads were. */
const NO_ROADS: readonly Road[] = [];
const ONE_COLUMN = "(max-width: 70rem)";

export function ControlRoom(): VNode {
  useCity("gauge", "camera", "incident", "task", "flood_state", "node");
  useTitle(translate("title"));
  const { query, route } = useLocation();
  const view = viewOf(query);
  const { list } = view;
  const chosen = useSame(view.chosen);
  useReplay(view.at);
  const by = useRef<Element | null>(null);
  const show = (more: Partial<View>, isStep = true): void => {
    const address = addressOf({ ...view, ...more });
    if (address !== addressOf(view)) route(address, !isStep);
  };
  const choose = (kind: Chosen["kind"], id: string): void => {
    by.current = document.activeElement;
    show({ chosen: { kind, id } });
  };
  const showAt = (at: number | null, isStep: boolean): void => show({ at }, isStep);
  useNumbered((id) => show({ chosen: { kind: "incident", id } }, false));
  const open = useMemo(() => bySeverity(city.incident.value.values()), [city.incident.value]);
  const isWide = useMedia(WIDE);
  const lists = useRef<HTMLElement>(null);
  const openList = (wanted: List): void => {
    show({ list: wanted });
    if (matchMedia(ONE_COLUMN).matches) lists.current?.scrollIntoView();
  };
  const spot = spotOf(chosen);
  const near = chosen?.kind === "incident" ? spot : null;
  return (
    <div class="control-room">
      <h1 class="for-ears">{translate("title")}</h1>
      <Strip open={openList} tools={view.at === null ? <ReplayButton show={showAt} /> : null} />
      <TimeBar at={view.at} show={showAt} />
      <Keys />
      <section class="room-list" aria-label={translate("lists")} ref={lists}>
        <Tabs
          label={translate("lists")}
          chosen={list}
          onChoose={(wanted) => show({ list: wanted })}
          tabs={[
            { id: "incidents", words: `${translate("incidents")} ${number(open.length)}` },
            { id: "cameras", words: translate("cameras") },
            { id: "gauges", words: translate("gauges") },
            { id: "tasks", words: translate("tasks") },
            { id: "officers", words: translate("officers") },
            { id: "coverage", words: translate("coverage") },
          ]}
        >
          <ListOf list={list} view={view} open={open} near={near} show={(more) => show(more, false)} choose={choose} />
        </Tabs>
      </section>
      <div class="room-map">
        <ControlRoomMap open={open} look={spot} choose={choose} />
      </div>
      <section class="room-side" aria-label={translate("chosen")}>
        {chosen ? (
          <Side key={chosen.id} chosen={chosen} by={by.current} leave={() => show({ chosen: null })} />
        ) : view.at !== null && isUnknownThen("incident") ? (
          <Empty>{past("unknown")}</Empty>
        ) : (
          <Needs choose={choose} open={openList} />
        )}
      </section>
      {isWide ? <WideColumn chosen={chosen} hasCameras={list === "cameras"} choose={choose} /> : null}
    </div>
  );
}

interface ListProps {
  readonly list: List;
  readonly view: View;
  readonly open: readonly Incident[];
  readonly near: Spot | null;
  readonly show: (more: Partial<View>) => void;
  readonly choose: (kind: Chosen["kind"], id: string) => void;
}

function ListOf({ list, view, open, near, show, choose }: ListProps): VNode | null {
  const unstored = view.at === null ? null : unstoredOf(list);
  if (unstored) return <Empty>{past(unstored)}</Empty>;
  if (list === "incidents")
    return <Queue open={open} view={view} show={show} choose={(id) => choose("incident", id)} />;
  if (list === "cameras")
    return <CameraGrid near={near} chosen={view.chosen?.id ?? null} choose={(id) => choose("camera", id)} />;
  if (list === "gauges") return <GaugeList choose={(id) => choose("gauge", id)} />;
  if (list === "tasks") return <TaskTable choose={(id) => choose("incident", id)} />;
  return list === "officers" ? <OfficerList /> : <Coverage choose={choose} />;
}

/** Why a list is not shown of the past: nobody recorded it then, or it never is. */
function unstoredOf(list: List): "unknown" | "neverStored" | null {
  if (list === "officers") return "neverStored";
  const isUnknown =
    (list === "incidents" && isUnknownThen("incident")) ||
    (list === "tasks" && isUnknownThen("task")) ||
    ((list === "cameras" || list === "coverage") && isUnknownThen("camera"));
  return isUnknown ? "unknown" : null;
}

/** Whoever chose it goes on inside it, and with Escape or the cross back to where it was chosen. */
function Side({ chosen, by, leave }: { chosen: Chosen; by: Element | null; leave: () => void }): VNode {
  const box = useRef<HTMLDivElement>(null);
  const from = useRef(by);
  useEffect(() => {
    // At an address that names it nobody chose: the focus stays at the page's begin.
    if (by !== null && by !== document.body) box.current?.focus({ preventScroll: true });
    if (matchMedia(ONE_COLUMN).matches) box.current?.scrollIntoView();
  }, []);
  const goBack = (): void => {
    const row = from.current;
    if (row instanceof HTMLElement && row.isConnected && row !== document.body) row.focus();
    else
      document.querySelector<HTMLElement>(".room-list [aria-pressed=true], .room-list [aria-selected=true]")?.focus();
  };
  const goBackByKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && !(event.target as Element).closest("dialog")) goBack();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape leaves it; what can be pressed lies inside
    <div class="room-chosen" ref={box} tabIndex={-1} data-goes-on onKeyDown={goBackByKey}>
      <button
        type="button"
        class="button plain room-leave"
        id="leave"
        onClick={() => {
          goBack();
          leave();
        }}
      >
        <Icon name="close" />
        {translate("leave")}
      </button>
      <Inside chosen={chosen} />
    </div>
  );
}

function Inside({ chosen }: { chosen: Chosen }): VNode {
  const isPast = replay.value !== null;
  if (isPast && chosen.kind === "camera") return <PastCamera id={chosen.id} />;
  if (isPast && chosen.kind === "incident") return <PastIncident id={chosen.id} />;
  if (chosen.kind === "camera") return <CameraPanel id={chosen.id} />;
  if (chosen.kind === "gauge") return <GaugePanel id={chosen.id} />;
  return <Selected id={chosen.id} />;
}

/** The same object as long as the same is chosen. */
function useSame(chosen: Chosen | null): Chosen | null {
  const { kind, id } = chosen ?? {};
  return useMemo(() => chosen, [kind, id]);
}

/** Where what is chosen lies, the same object as long as it lies there: the map moves when it changes. */
function spotOf(chosen: Chosen | null): Spot | null {
  const [lat, lon] = useMemo(() => {
    if (!chosen) return [];
    const incident = city.incident.value.get(chosen.id)?.place;
    const found = chosen.kind === "incident" ? incident : city[chosen.kind].value.get(chosen.id);
    return found ? [found.lat, found.lon] : [];
  }, [chosen, city.incident.value]);
  return useMemo(() => (lat === undefined || lon === undefined ? null : { lat, lon }), [lat, lon]);
}

/** Drawn apart from the lists, so that what changes there does not draw thousands of marks anew. */
function ControlRoomMap(props: {
  open: readonly Incident[];
  look: Spot | null;
  choose: (kind: Chosen["kind"], id: string) => void;
}): VNode {
  const { open, look, choose } = props;
  const gauges = useValues(city.gauge.value);
  const cameras = useValues(city.camera.value);
  const floods = useValues(city.flood_state.value);
  const gaps = useMemo(() => gapsOf(gauges, cameras), [gauges, cameras]);
  const officers = replay.value === null ? shownOfficers.value : NO_OFFICERS;
  const { roads } = useRoads();
  return (
    <CityMap
      gauges={gauges}
      cameras={cameras}
      incidents={open}
      floods={floods}
      gaps={gaps}
      officers={officers}
      look={look}
      marked={look}
      roads={replay.value === null ? roads : NO_ROADS}
      onPick={({ kind, id }) => kind !== "area" && kind !== "road" && choose(kind, id)}
      legend
    />
  );
}

const useValues = <T,>(held: ReadonlyMap<string, T>): readonly T[] => useMemo(() => [...held.values()], [held]);

/** Opens the incident of an address that has the number of an incident or task, as links of other walls have it. */
function useNumbered(choose: (id: string) => void): void {
  const numbered = numberedOf(useLocation().query);
  useEffect(() => {
    if (!numbered) return;
    incidentOf(numbered).then(
      (id) => (id ? choose(id) : toast(translate(NO_SUCH[numbered.of], { n: numbered.text }), "bad")),
      (error: unknown) => toast(error instanceof ApiError ? error.message : String(error), "bad"),
    );
  }, [numbered?.of, numbered?.text]);
}

async function incidentOf({ of, number }: Numbered): Promise<string | undefined> {
  if (number === undefined) return undefined;
  const params = { query: { number } };
  if (of === "incident") return (await request(api.GET("/api/v1/incidents", { params })))[0]?.id;
  return (await request(api.GET("/api/v1/tasks", { params })))[0]?.incident_id;
}
