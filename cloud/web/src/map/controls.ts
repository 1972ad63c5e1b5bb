// The buttons and bars on the map, with words in both languages: zoom, my position, scale, sources.

import { GeolocateControl, type Map as GlMap, NavigationControl, ScaleControl } from "maplibre-gl";
import { translate } from "./words";

export const localeOf = (label: string): Record<string, string> => ({
  "Map.Title": label,
  "NavigationControl.ZoomIn": translate("zoomIn"),
  "NavigationControl.ZoomOut": translate("zoomOut"),
  "GeolocateControl.FindMyLocation": translate("myPosition"),
  "GeolocateControl.LocationNotAvailable": translate("noPosition"),
  "AttributionControl.ToggleAttribution": translate("sources"),
});

/** `onPosition`: the map moves to where its reader is, because they asked for it. */
export function addControls(map: GlMap, onPosition: () => void): void {
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  const position = new GeolocateControl({ positionOptions: { enableHighAccuracy: true, timeout: 15_000 } });
  position.on("geolocate", onPosition);
  map.addControl(position, "top-right");
  map.addControl(new ScaleControl({ unit: "metric", maxWidth: 90 }), "top-right");
}
