// The nearest places of refuge of an area, by the city's own map data.

import type { VNode } from "preact";
import { detourAddress } from "../../detour/address";
import { translate as detourWords } from "../../detour/words";
import type { Area, AreaShelter } from "../../published/files";
import { metres } from "../../words/format";
import { translate } from "./words";

const ZOOM = 16;

export function Shelters({ area }: { area: Area }): VNode | null {
  const shelters = area.shelters ?? [];
  if (shelters.length === 0) return null;
  const sources = [...new Set(shelters.map((one) => one.source))].join(", ");
  return (
    <div class="card stack tight" id="shelters">
      <h3>{translate("shelters")}</h3>
      <ul class="list">
        {shelters.map((one) => (
          <li key={`${one.lat},${one.lon}`} class="stack tight">
            <a href={mapOf(one)}>{one.name ?? translate("shelter")}</a>
            <a href={detourAddress({ ...one, name: one.name ?? "" })}>{detourWords("find")}</a>
            <span class="small soft">{translate("fromMiddle", { d: metres(one.distance_m), area: area.name })}</span>
          </li>
        ))}
      </ul>
      <p class="small soft">{translate("sheltersBy", { source: sources })}</p>
    </div>
  );
}

const mapOf = ({ lat, lon }: AreaShelter): string => `/map?at=${lat.toFixed(5)},${lon.toFixed(5)},${ZOOM}`;
