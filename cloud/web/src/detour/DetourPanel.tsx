// Over the map: a way to a chosen place that avoids known floods, and what is not known about it.

import "./detour.css";
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { fetchJson } from "../api/client";
import type { Incident } from "../live/city";
import type { Spot } from "../live/reading";
import { BASEMAP, type Basemap, loadBasemap } from "../map/basemap";
import { locate } from "../queue/place";
import type { Road } from "../roads/lines";
import type { RoadsNow } from "../roads/read";
import { metres, span, timeOfDay } from "../words/format";
import type { Goal } from "./address";
import { FARTHEST_ROAD_M } from "./metres";
import type { Detour, RoadGraph } from "./search";
import { type Avoided, avoidedOf } from "./water";
import { translate } from "./words";

interface Found {
  readonly detour: Detour;
  readonly avoided: Avoided;
  readonly isSchematic: boolean;
  readonly isWhole: boolean;
}

type Start = Spot | "locating" | "nowhere" | null;
type Answer = Found | "noPosition" | "noMap" | "noRoad" | "notLoaded";

interface DetourPanelProps {
  readonly goal: Goal;
  readonly middle: Spot | null;
  readonly incidents: readonly Incident[];
  readonly roads: RoadsNow;
  /** Without it no way is offered: it could lead into a flood that was not read. */
  readonly isKnown: boolean;
  readonly onFound: (detour: Detour | null) => void;
  readonly onClose: () => void;
}

// Slower than a person who walks alone on a dry street.
const WALKED_M_PER_SECOND = 1;

export function DetourPanel(props: DetourPanelProps): VNode {
  const { goal, middle, incidents, roads, isKnown } = props;
  const [start, setStart] = useState<Start>(null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const isBusy = start === "locating";
  const fromHere = async (): Promise<void> => {
    setStart("locating");
    setStart((await locate()) ?? "nowhere");
  };
  // Anew whenever something is reported: a way that was good a minute ago may lead into water.
  useEffect(() => {
    if (start === null || start === "locating" || !isKnown) return props.onFound(null);
    let isOver = false;
    const requested = answerTo(start, goal, incidents, roads.roads).catch(() => "notLoaded" as const);
    void requested.then((found) => {
      if (isOver) return;
      setAnswer(found);
      props.onFound(typeof found === "string" ? null : found.detour);
    });
    return () => {
      isOver = true;
    };
  }, [start, goal, incidents, roads.roads, isKnown]);
  return (
    <section class="map-detour card stack tight" aria-label={translate("find")}>
      <h2 class="strong">{translate("title", { place: goal.name || translate("goal") })}</h2>
      {isKnown ? (
        <>
          <div aria-live="polite">
            {answer === null || start === null || isBusy ? null : <AnswerText answer={answer} at={roads.at} />}
          </div>
          <div class="row wrap">
            <button type="button" class="button main" disabled={isBusy} onClick={() => void fromHere()}>
              {translate("fromHere")}
            </button>
            <button type="button" class="button" disabled={isBusy || middle === null} onClick={() => setStart(middle)}>
              {translate("fromMiddle")}
            </button>
          </div>
          <p class="small soft">{translate("private")}</p>
        </>
      ) : (
        <p>{translate("notKnown")}</p>
      )}
      <button type="button" class="button plain" onClick={props.onClose}>
        {translate("end")}
      </button>
    </section>
  );
}

/** The graph and its search are fetched when somebody wants one. */
async function answerTo(
  start: Spot | "nowhere",
  goal: Goal,
  incidents: readonly Incident[],
  roads: readonly Road[],
): Promise<Answer> {
  const basemap = await loadBasemap();
  if (start === "nowhere") return "noPosition";
  if (!basemap?.roads) return "noMap";
  const [{ findDetour }, graph] = await Promise.all([import("./search"), loadRoadGraph(basemap)]);
  const avoided = avoidedOf(incidents, roads);
  const detour = findDetour(graph, start, goal, avoided.waters);
  if (detour === null) return "noRoad";
  return { detour, avoided, isSchematic: basemap.schematic, isWhole: graph.whole };
}

const loadRoadGraph = (basemap: Basemap): Promise<RoadGraph> => fetchJson<RoadGraph>(BASEMAP + basemap.roads);

function AnswerText({ answer, at }: { answer: Answer; at: string }): VNode {
  if (answer === "noRoad") return <p class="strong">{translate("noRoad", { m: metres(FARTHEST_ROAD_M) })}</p>;
  if (typeof answer === "string") return <p class="strong">{translate(answer)}</p>;
  const { detour, avoided } = answer;
  const t = span(detour.lengthM / WALKED_M_PER_SECOND);
  return (
    <div class="stack tight" id="detour">
      {answer.isSchematic ? <p class="strong">{translate("schematic")}</p> : null}
      {detour.passesWater ? <p class="strong">{translate("passes")}</p> : null}
      <p class="strong">{translate("length", { m: metres(detour.lengthM), t })}</p>
      {detour.streets.length > 0 ? <p>{translate("by", { streets: detour.streets.join(", ") })}</p> : null}
      {detour.beginsInWater ? <p>{translate("begins")}</p> : null}
      {detour.passesWater ? null : (
        <p>{translate("avoids", { floods: avoided.floods, roads: avoided.roads, t: timeOfDay(at) })}</p>
      )}
      {answer.isWhole ? null : <p class="small soft">{translate("mainOnly")}</p>}
      <p class="small soft">{translate("others")}</p>
    </div>
  );
}
