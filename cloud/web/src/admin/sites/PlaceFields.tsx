// A place on the ground: typed in degrees, or picked by moving the map under a pin; the area is found from it.

import type { VNode } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { api, request, type Schemas } from "../../api/client";
import type { Spot } from "../../live/reading";
import { CityMap } from "../../map/CityMap";
import { TextField } from "../../parts/form";
import { isNoDegree, typed } from "./numbers";
import { translate } from "./words";

const WAIT_MS = 300;
const DECIMALS = 1e6;

export interface PlaceText {
  readonly lat: string;
  readonly lon: string;
}

/** The spot that is typed; null where it is none yet. */
export function spotOf({ lat, lon }: PlaceText): Spot | null {
  const [north, east] = [typed(lat), typed(lon)];
  if (north === null || east === null) return null;
  return isNoDegree("lat", lat) || isNoDegree("lon", lon) ? null : { lat: north, lon: east };
}

export function PlaceFields(props: {
  place: PlaceText;
  onPlace: (place: PlaceText) => void;
  isTried: boolean;
  wrong: (name: string) => string | null;
}): VNode {
  const { place, onPlace, isTried, wrong } = props;
  const [middle, setMiddle] = useState<Spot | null>(null);
  // The same object as long as the place is the same: the map flies to each new one, and moving draws this anew.
  const spot = useMemo(() => spotOf(place), [place.lat, place.lon]);
  const area = useArea(spot);
  const isWrong = (key: "lat" | "lon"): string | null =>
    (isTried || place[key].trim() !== "") && isNoDegree(key, place[key]) ? translate(`${key}Wrong`) : null;
  const field = (key: "lat" | "lon"): VNode => (
    <TextField
      label={translate(key)}
      name={key}
      inputMode="text"
      value={place[key]}
      onValue={(text) => onPlace({ ...place, [key]: text })}
      wrong={wrong(key) ?? isWrong(key)}
      maxLength={24}
    />
  );
  const round = (value: number): string => String(Math.round(value * DECIMALS) / DECIMALS);
  return (
    <fieldset class="stack tight plain">
      <legend class="strong">{translate("place")}</legend>
      <div class="grid">
        {field("lat")}
        {field("lon")}
      </div>
      <p class="small soft">{translate("moveMap")}</p>
      <div class="report-map">
        <CityMap cross marked={spot} look={spot} onMoved={setMiddle} />
      </div>
      <button
        type="button"
        class="button"
        id="use-middle"
        disabled={middle === null}
        onClick={() => middle && onPlace({ lat: round(middle.lat), lon: round(middle.lon) })}
      >
        {translate("useMiddle")}
      </button>
      <output id="area" class={area && area.id === null ? "warn" : "strong"}>
        {area ? (area.id ? translate("areaIs", { area: area.name ?? area.id }) : translate("outside")) : ""}
      </output>
    </fieldset>
  );
}

function useArea(spot: Spot | null): Schemas["AreaAt"] | null {
  const [area, setArea] = useState<Schemas["AreaAt"] | null>(null);
  const { lat, lon } = spot ?? { lat: null, lon: null };
  useEffect(() => {
    setArea(null);
    if (lat === null || lon === null) return;
    let isWanted = true;
    const timer = setTimeout(() => {
      request(api.GET("/api/v1/admin/sites/area", { params: { query: { lat, lon } } })).then(
        (found) => isWanted && setArea(found),
        () => null,
      );
    }, WAIT_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [lat, lon]);
  return area;
}
