// The map itself: MapLibre over the city's own areas, rivers and things. Loaded only when a map is shown.

import "maplibre-gl/dist/maplibre-gl.css";
import type { FeatureCollection } from "geojson";
import {
  type GeoJSONSource,
  type LayerSpecification,
  type LngLatBounds,
  type MapLayerMouseEvent,
  type MapLibreEvent,
  type MapMouseEvent,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type { Camera, FloodState, Gauge, Incident } from "../live/city";
import { type Spot, stageOf } from "../live/reading";
import { type DrawnLine, linesOf } from "../roads/lines";
import type { View } from "./address";
import { floodedOf, groundOf } from "./areas";
import type { Basemap } from "./basemap";
import { addControls, localeOf } from "./controls";
import { spotsOf } from "./floods";
import { addIcons, iconOfCamera, iconOfGauge, iconOfIncident, iconOfOfficer } from "./icons";
import { Pace } from "./pace";
import { boundsOf, points, type Shapes } from "./shapes";
import { SteadyMap } from "./steady";
import { coloursOf, EMPTY, type Ground, rankOf, styleOf } from "./style";

setWorkerUrl(workerUrl);

export { readable } from "./streets";

/** Lets the service worker store what this file fetches only once a map is drawn. */
export const prefetch = async (): Promise<void> => {
  await fetch(workerUrl);
};

type PickKind = "gauge" | "camera" | "incident" | "area" | "road";
export interface Pick {
  readonly kind: PickKind;
  readonly id: string;
}
export interface Layer {
  readonly id: string;
  readonly features: string;
  readonly maplibre: readonly unknown[];
}

export type Named = Spot & { readonly id: string };
export interface Officer {
  readonly user_id: string;
  readonly name: string;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly seen_at: string | null;
}

const NO_SHAPES: Shapes = { type: "FeatureCollection", features: [] };
const CLOSE_ZOOM = 14;
const HOME_PADDING = 12;
const OLD_POSITION_MS = 15 * 60_000;
/** Things change many times a second in a storm; the map is redrawn at most so often by each kind. */
const REDRAW_MS = 1_000;
const CLUSTERS = ["clusters", "camera-clusters"] as const;
const PICKED = ["gauges", "incidents", "cameras", "road-line", ...CLUSTERS] as const;
const LAYERS_OF: Readonly<Record<string, PickKind>> = {
  gauges: "gauge",
  cameras: "camera",
  incidents: "incident",
  "road-line": "road",
  "area-fill": "area",
};

/** One map in one element. Everything shown is given to it; it asks nobody for anything but configured tiles. */
export class MapView {
  private readonly map: SteadyMap;
  private readonly basemap: Basemap | null;
  private readonly isBegun: boolean;
  private readonly ready: Promise<void>;
  private home: LngLatBounds | null = null;
  private isAtHome = false;
  private readonly shownLayers = new Set<string>();
  private readonly waiting = new Map<string, FeatureCollection>();
  private readonly resting = new Map<string, number>();
  private areas: Shapes | null = null;
  private flooded: readonly string[] = [];
  private drawn = "";
  private readonly pace = new Pace();
  private isMoving = false;
  private isTooSlow = false;
  private ratio = devicePixelRatio;

  constructor(
    box: HTMLElement,
    options: {
      ground: Ground;
      /** Where to begin; the whole city without. */
      view: View | null;
      label: string;
      onPick: (pick: Pick) => void;
      onMoved: (middle: Spot) => void;
      /** Null where the whole city is shown. */
      onView: (view: View | null) => void;
      /** True when all that was given is drawn, false when more was given since. */
      onDrawn: (isAll: boolean) => void;
    },
  ) {
    const { ground, view } = options;
    this.isBegun = view !== null;
    this.basemap = ground.basemap;
    this.map = new SteadyMap({
      container: box,
      style: styleOf(ground),
      center: view ? [view.lon, view.lat] : [106.83, -6.2],
      zoom: view?.zoom ?? 10,
      minZoom: 7,
      maxZoom: 18,
      attributionControl: ground.tileUrl || ground.basemap ? { compact: true } : false,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
      // Names of streets give way to names of areas and to marks; without streets there is nothing to give way.
      crossSourceCollisions: ground.basemap !== null,
      renderWorldCopies: false,
      locale: localeOf(options.label),
    });
    this.map.touchZoomRotate.disableRotation();
    addControls(this.map, () => {
      this.isAtHome = false;
    });
    this.ready = new Promise((resolve) => {
      // Before the first tiles, whose landmarks have one.
      this.map.once("style.load", () => addIcons(this.map));
      this.map.once("load", () => resolve());
    });
    for (const layer of Object.keys(LAYERS_OF)) this.followPicks(layer, options.onPick);
    for (const layer of CLUSTERS) this.map.on("click", layer, (event) => void this.openCluster(event));
    this.map.on("mousemove", (event) => this.showPickable(event));
    this.map.on("movestart", (event) => this.moveBegins(event));
    this.map.on("resize", () => this.fitAgain());
    this.map.on("move", () => this.moves());
    this.map.on("render", () => this.wasDrawn());
    this.map.on("moveend", () => {
      if (this.map.isChangingRatio) return;
      this.moveEnds();
      const { lat, lng } = this.map.getCenter();
      options.onMoved({ lat, lon: lng });
      options.onView(this.isAtHome ? null : { lat, lon: lng, zoom: this.map.getZoom() });
    });
    this.map.on("idle", () => options.onDrawn(this.waiting.size === 0));
    this.map.on("dataloading", () => options.onDrawn(false));
    this.map.getCanvas().setAttribute("aria-label", options.label);
  }

  remove(): void {
    for (const timer of this.resting.values()) clearTimeout(timer);
    this.map.remove();
  }

  /** Colours anew after the theme changed. */
  async recolour(): Promise<void> {
    await this.ready;
    addIcons(this.map);
    for (const [layer, property, value] of coloursOf(this.basemap !== null))
      this.map.setPaintProperty(layer, property as "fill-color", value as string);
  }

  async showAreas(areas: Shapes, rivers: Shapes): Promise<void> {
    await this.ready;
    this.areas = areas;
    this.flooded = [];
    const drawn = groundOf(areas, this.hasTrue(rivers) ? NO_SHAPES : rivers);
    await this.map.getSource<GeoJSONSource>("ground")?.setData(drawn);
    this.home = boundsOf(areas);
    this.isAtHome = !this.isBegun;
    this.fitAgain();
  }

  async showGauges(gauges: Iterable<Gauge>): Promise<void> {
    await this.ready;
    this.set(
      "gauges",
      points(
        [...gauges].sort((a, b) => stageOf(b) - stageOf(a)),
        (one) => ({
          icon: iconOfGauge(stageOf(one)),
          name: one.name,
          rank: stageOf(one) === 0 ? 5 : stageOf(one),
        }),
      ),
    );
  }

  async showIncidents(incidents: readonly Incident[]): Promise<void> {
    await this.ready;
    this.set("wet", spotsOf(incidents));
    const shown = [...incidents].map((one) => ({ ...one, lat: one.place.lat, lon: one.place.lon }));
    this.set(
      "incidents",
      points(shown, (one) => ({
        icon: iconOfIncident(one.category, one.severity === "severe"),
        rank: rankOf(one.severity),
      })),
    );
  }

  async showCameras(cameras: Iterable<Camera>): Promise<void> {
    await this.ready;
    this.set(
      "cameras",
      points([...cameras], (one) => ({ icon: iconOfCamera(one.unknown_since !== null || !one.last_frame_at) })),
    );
  }

  async showRoads(roads: readonly DrawnLine[]): Promise<void> {
    await this.ready;
    this.set("roads", linesOf(roads));
  }

  async showGaps(gaps: readonly Named[]): Promise<void> {
    await this.ready;
    this.set(
      "gaps",
      points(gaps, () => ({})),
    );
  }

  /** Those whose position is known; an old one is drawn pale. */
  async showOfficers(officers: readonly Officer[]): Promise<void> {
    await this.ready;
    const placed = officers.flatMap(({ user_id, name, lat, lon, seen_at }) =>
      lat === null || lon === null ? [] : [{ id: user_id, name, lat, lon, seen_at }],
    );
    const oldest = Date.now() - OLD_POSITION_MS;
    this.set(
      "officers",
      points(placed, (one) => ({ icon: iconOfOfficer(Date.parse(one.seen_at ?? "") > oldest), name: one.name })),
    );
  }

  async showFloods(states: Iterable<FloodState>): Promise<void> {
    await this.ready;
    if (!this.areas) return;
    const { features } = floodedOf(this.areas, states);
    const drawn = features.map((one) => `${one.properties?.uid} ${one.properties?.state}`).sort();
    if (drawn.join() === this.drawn) return;
    this.drawn = drawn.join();
    const remove = [...this.flooded];
    this.flooded = features.map((one) => String(one.properties?.uid));
    await this.map.getSource<GeoJSONSource>("ground")?.updateData({ remove, add: features });
  }

  /** Shows exactly these layers of the catalogue, each with the style that the server gave. */
  async showLayers(layers: readonly Layer[]): Promise<void> {
    await this.ready;
    const wanted = new Set(layers.map((one) => one.id));
    for (const id of [...this.shownLayers]) if (!wanted.has(id)) this.dropLayer(id);
    for (const layer of layers) if (!this.shownLayers.has(layer.id)) this.addLayer(layer);
  }

  async mark(spot: Spot | null): Promise<void> {
    await this.ready;
    this.set("marked", spot ? points([{ id: "marked", ...spot }], () => ({})) : EMPTY);
  }

  async flyTo(spot: Spot, zoom = CLOSE_ZOOM): Promise<void> {
    await this.ready;
    this.isAtHome = false;
    this.map.easeTo({ center: [spot.lon, spot.lat], zoom: Math.max(zoom, this.map.getZoom()), duration: 500 });
  }

  async goHome(): Promise<void> {
    await this.ready;
    if (!this.home) return;
    this.isAtHome = true;
    this.map.fitBounds(this.home, { padding: HOME_PADDING, duration: 500 });
  }

  /** Whether the basemap draws where the rivers are, beside which a schematic line would be a second river. */
  private hasTrue(rivers: Shapes): boolean {
    return this.basemap !== null && !this.basemap.schematic && rivers.schematic === true;
  }

  private set(source: string, data: FeatureCollection): void {
    if (this.isMoving || this.resting.has(source)) {
      this.waiting.set(source, data);
      return;
    }
    this.map.getSource<GeoJSONSource>(source)?.setData(data);
    // A page gives nothing until its data have come, and nobody should wait for what comes then.
    if (data.features.length === 0) return;
    this.resting.set(source, setTimeout(() => this.rested(source), REDRAW_MS) as unknown as number);
  }

  private rested(source: string): void {
    this.resting.delete(source);
    const data = this.waiting.get(source);
    this.waiting.delete(source);
    if (data) this.set(source, data);
  }

  private followPicks(layer: string, onPick: (pick: Pick) => void): void {
    const kind = LAYERS_OF[layer];
    this.map.on("click", layer, (event: MapLayerMouseEvent) => {
      const id = event.features?.[0]?.properties.key as string | undefined;
      if (!kind || !id || event.defaultPrevented) return;
      if (layer !== "area-fill") event.preventDefault();
      else if (this.map.queryRenderedFeatures(event.point, { layers: [...PICKED] }).length > 0) return;
      onPick({ kind, id });
    });
  }

  /** A hand over what can be picked; while the map is dragged nobody looks for it. */
  private showPickable({ point }: MapMouseEvent): void {
    if (this.isMoving || !this.map.getLayer("gauges")) return;
    const isThere = this.map.queryRenderedFeatures(point, { layers: [...PICKED] }).length > 0;
    this.map.getCanvas().style.cursor = isThere ? "pointer" : "";
  }

  /** A turned phone, a window made larger: the city fills it again, unless someone looks at a part of it. */
  private fitAgain(): void {
    if (!this.home || !this.isAtHome || this.map.isChangingRatio) return;
    this.map.fitBounds(this.home, { padding: HOME_PADDING, animate: false });
  }

  private moveBegins(event: MapLibreEvent<unknown>): void {
    if (event.originalEvent) this.isAtHome = false;
    if (this.isMoving || this.map.isChangingRatio) return;
    this.isMoving = true;
    this.pace.begin(performance.now());
    this.drawAt(this.pace.ratio(devicePixelRatio));
  }

  private wasDrawn(): void {
    if (this.isMoving && this.pace.drawn(performance.now())) this.isTooSlow = true;
  }

  /** Before the next frame, for a changed canvas is empty. */
  private moves(): void {
    if (!this.isTooSlow || this.map.isChangingRatio) return;
    this.isTooSlow = false;
    this.drawAt(this.pace.ratio(devicePixelRatio));
  }

  /** Whole again, and what changed meanwhile is shown. */
  private moveEnds(): void {
    if (!this.isMoving) return;
    this.isMoving = false;
    this.isTooSlow = false;
    this.drawAt(null);
    for (const source of [...this.waiting.keys()]) if (!this.resting.has(source)) this.rested(source);
  }

  private drawAt(ratio: number | null): void {
    if ((ratio ?? devicePixelRatio) === this.ratio) return;
    this.ratio = ratio ?? devicePixelRatio;
    this.map.changeRatio(ratio);
  }

  private async openCluster(event: MapLayerMouseEvent): Promise<void> {
    const feature = event.features?.[0];
    if (feature?.geometry.type !== "Point") return;
    event.preventDefault();
    const source = this.map.getSource<GeoJSONSource>(feature.source);
    const zoom = await source?.getClusterExpansionZoom(Number(feature.properties.cluster_id));
    const [lon = 0, lat = 0] = feature.geometry.coordinates;
    await this.flyTo({ lat, lon }, zoom ?? CLOSE_ZOOM);
  }

  private addLayer(layer: Layer): void {
    const source = `layer-${layer.id}`;
    this.map.addSource(source, { type: "geojson", data: new URL(layer.features, location.href).href });
    for (const [index, style] of layer.maplibre.entries()) {
      const own = { ...(style as LayerSpecification), id: `${source}-${index}`, source } as LayerSpecification;
      this.map.addLayer(own, "cameras");
    }
    this.shownLayers.add(layer.id);
  }

  private dropLayer(id: string): void {
    const source = `layer-${id}`;
    for (const { id: layer } of this.map.getStyle().layers.filter((one) => "source" in one && one.source === source))
      this.map.removeLayer(layer);
    this.map.removeSource(source);
    this.shownLayers.delete(id);
  }
}
