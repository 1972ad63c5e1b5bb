// Maps: where they look, what they load, what lies on what.
import { tableFields } from "../grafana.mjs";
import { emptyColour, words } from "./common.mjs";

const MOST_MARKERS = 100;

export function geomap(report, panel, answers, { language, isWall }) {
  const { view, basemap, layers } = panel.options;
  if (view.id === "fit") {
    if (!(view.zoom >= 10 && view.zoom <= 16)) report("map-zoom", `fit with zoom ${view.zoom ?? "left out, which is 1"}: the whole world`);
    if (view.allLayers !== false || !view.layer) report("map-zoom", "fits to all layers: one far point shrinks the city");
    else if (!layers.some((layer) => layer.name === view.layer)) report("map-zoom", `fits to a layer ${view.layer} that is not there`);
  }
  if (!basemap || basemap.type === "default" || ["carto", "osm-standard", "esri-xyz"].includes(basemap.type))
    report("outside", `base map ${basemap?.type ?? "left out"}: tiles of another site`);
  const markers = layers.filter((layer) => layer.type === "markers");
  for (const layer of markers) {
    const answer = answers.find((one) => one.ref === layer.filterData?.options);
    if (!answer) report("map-layer", `layer ${layer.name} has no query`);
    else if (isWall && answer.rows.length > MOST_MARKERS) report("map-buried", `layer ${layer.name}: ${answer.rows.length} markers`);
  }
  for (const answer of answers)
    for (const field of tableFields(panel, answer)) {
      words(report, field, language);
      const coloured = markers.some((layer) => layer.config.style.color?.field === field.name && layer.filterData?.options === answer.ref);
      emptyColour(report, panel, field.name, field.type, coloured && field.values.includes(null));
    }
}
