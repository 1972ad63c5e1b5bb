// The map of the city: gauges, incidents, flood states.

import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { useLocation } from "preact-iso";
import { city, useCity } from "../live/city";
import { CityMap } from "../map/CityMap";
import { useTitle } from "../parts/layout";
import { say } from "./words";

export function MapPage(): VNode {
  useCity("gauge", "incident", "flood_state", "camera");
  useTitle(say("mapTitle"));
  const { route } = useLocation();
  const incidents = city.incident.value;
  const open = useMemo(() => [...incidents.values()].filter((one) => one.state === "open"), [incidents]);
  return (
    <div class="map-page">
      <h1 class="for-ears">{say("mapTitle")}</h1>
      <CityMap
        gauges={useMemo(() => [...city.gauge.value.values()], [city.gauge.value])}
        incidents={open}
        cameras={useMemo(() => [...city.camera.value.values()], [city.camera.value])}
        floods={useMemo(() => [...city.flood_state.value.values()], [city.flood_state.value])}
        onPick={({ kind, id }) => kind === "gauge" && route(`/gauges/${encodeURIComponent(id)}`)}
        legend
      />
    </div>
  );
}
