// Roads as a list, for whoever does not see the map and for a phone: which street, what of it, by whom and when.

import "./roads.css";
import type { VNode } from "preact";
import { Empty } from "../parts/layout";
import { now } from "../shell/now";
import { ago, metres, number, span } from "../words/format";
import { depthFactsOf } from "./depth";
import type { Road } from "./lines";
import type { RoadsNow } from "./read";
import { translate } from "./words";

/** `most`: how many are listed; the others are counted. */
export function RoadRows({ of, most }: { of: RoadsNow; most?: number }): VNode {
  const { roads, isUnknown } = of;
  if (isUnknown) return <Empty>{translate("notKnown")}</Empty>;
  if (roads.length === 0) return <Empty>{translate("none")}</Empty>;
  const shown = roads.slice(0, most);
  return (
    <>
      <ul class="list" id="roads">
        {shown.map((one) => (
          <RoadRow key={one.key} road={one} />
        ))}
      </ul>
      {shown.length < roads.length ? (
        <p class="small soft">{translate("more", { n: number(roads.length - shown.length) })}</p>
      ) : null}
      {shown.some((one) => one.depth) ? <p class="small soft">{translate("interval")}</p> : null}
      {shown.some(isWet) ? <p class="small soft">{translate("extent")}</p> : null}
    </>
  );
}

export function RoadRow({ road }: { road: Road }): VNode {
  const t = ago(road.seenAt, now.value);
  const name = road.street || translate("noName");
  return (
    <li class="stack tight" data-road={road.kind}>
      <span class="row nofold">
        <span class={`road-mark road-${road.kind}`} aria-hidden="true" />
        <span>
          {road.incidentId ? <a href={`/incidents/${road.incidentId}`}>{name}</a> : <span class="strong">{name}</span>}
          {" · "}
          {translate(road.kind)}
        </span>
      </span>
      <span class="small soft">
        {road.depth
          ? depthFactsOf(road.depth, now.value).join(" · ")
          : [...factsOf(road), translate(isWet(road) ? "byCamera" : "byWaze", { t })].join(" · ")}
      </span>
    </li>
  );
}

const isWet = ({ kind }: Road): boolean => kind === "closed" || kind === "flooded";

/** What is measured of a road; what is not known is said or left out, never zero. */
export function factsOf(road: Road): readonly string[] {
  if (isWet(road)) {
    const depth =
      road.depthCm === null
        ? translate("depthUnknown")
        : translate("depthAtLeast", { cm: number(Math.floor(road.depthCm)) });
    return road.isSeenNow ? [depth] : [depth, translate("blind")];
  }
  return [
    road.speedKmh === null ? null : translate("speed", { n: number(road.speedKmh) }),
    road.lengthM === null ? null : translate("length", { m: metres(road.lengthM) }),
    road.delaySeconds === null ? null : translate("delay", { t: span(road.delaySeconds) }),
  ].filter((one) => one !== null);
}
