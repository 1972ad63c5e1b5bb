// The map itself: MapLibre over the city's own areas, rivers and things. Loaded only when a map is shown.

import "maplibre-gl/dist/maplibre-gl.css";
import type { FeatureCollection } from "geojson";
import {
  type GeoJSONSource,
  Map as GlMap,
  type LayerSpecification,
  type LngLatBounds,
  type MapLayerMouseEvent,
  NavigationControl,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type { Camera, FloodState, Gauge, Incident } from "../live/city";
import { type Spot, stageOf } from "../live/reading";
import { bordersOf, floodedOf, keyed } from "./areas";
import { addPictures, pictureOfCamera, pictureOfGauge, pictureOfIncident, pictureOfOfficer } from "./pictures";
import { boundsOf, points, type Shapes } from "./shapes";
import { coloursOf, EMPTY, styleOf } from "./style";

setWorkerUrl(workerUrl);

export type PickKind = "gauge" | "camera" | "incident" | "area";
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

const CLOSE_ZOOM = 14;
const OLD_POSITION_MS = 15 * 60_000;
/** Things change many times a second in a storm; the map is redrawn at most so often by each kind. */
const REDRAW_MS = 1_000;
const CLUSTERS = ["clusters", "camera-clusters"] as const;
const LAYERS_OF: Readonly<Record<string, PickKind>> = {
  gauges: "gauge",
  cameras: "camera",
  incidents: "incident",
  "area-fill": "area",
};

/** One map in one element. Everything shown is given to it; it asks nobody for anything but configured tiles. */
export class MapView {
  private readonly map: GlMap;
  private readonly ready: Promise<void>;
  private home: LngLatBounds | null = null;
  private readonly shownLayers = new Set<string>();
  private readonly waiting = new Map<string, FeatureCollection>();
  private readonly resting = new Map<string, number>();
  private areas: Shapes | null = null;

  constructor(
    box: HTMLElement,
    options: {
      tileUrl: string;
      label: string;
      onPick: (pick: Pick) => void;
      onMoved: (middle: Spot) => void;
      onDrawn: () => void;
    },
  ) {
    this.map = new GlMap({
      container: box,
      style: styleOf(options.tileUrl),
      center: [106.83, -6.2],
      zoom: 10,
      minZoom: 7,
      maxZoom: 18,
      attributionControl: options.tileUrl ? { compact: true } : false,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
      locale: { "Map.Title": options.label },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.ready = new Promise((resolve) => {
      this.map.once("load", () => {
        addPictures(this.map);
        resolve();
      });
    });
    for (const layer of Object.keys(LAYERS_OF)) this.followPicks(layer, options.onPick);
    for (const layer of CLUSTERS) this.map.on("click", layer, (event) => void this.openCluster(event));
    this.map.on("moveend", () => {
      const { lat, lng } = this.map.getCenter();
      options.onMoved({ lat, lon: lng });
    });
    this.map.on("idle", options.onDrawn);
    this.map.getCanvas().setAttribute("aria-label", options.label);
  }

  remove(): void {
    for (const timer of this.resting.values()) clearTimeout(timer);
    this.map.remove();
  }

  /** Colours anew after the theme changed. */
  async recolour(): Promise<void> {
    await this.ready;
    addPictures(this.map);
    for (const [layer, property, value] of coloursOf()) this.map.setPaintProperty(layer, property, value);
  }

  async showAreas(areas: Shapes, rivers: Shapes): Promise<void> {
    await this.ready;
    this.areas = areas;
    this.set("areas", keyed(areas));
    this.set("borders", bordersOf(areas));
    this.set("rivers", rivers as FeatureCollection);
    this.home = boundsOf(areas);
    if (this.home) this.map.fitBounds(this.home, { padding: 12, animate: false });
  }

  async showGauges(gauges: Iterable<Gauge>): Promise<void> {
    await this.ready;
    this.set(
      "gauges",
      points(
        [...gauges].sort((a, b) => stageOf(b) - stageOf(a)),
        (one) => ({
          picture: pictureOfGauge(stageOf(one)),
          name: one.name,
          rank: stageOf(one) === 0 ? 5 : stageOf(one),
        }),
      ),
    );
  }

  async showIncidents(incidents: Iterable<Incident>): Promise<void> {
    await this.ready;
    const shown = [...incidents].map((one) => ({ ...one, lat: one.place.lat, lon: one.place.lon }));
    this.set(
      "incidents",
      points(shown, (one) => ({
        picture: pictureOfIncident(one.category, one.severity === "severe"),
        rank: one.severity === "severe" ? 0 : 1,
      })),
    );
  }

  async showCameras(cameras: Iterable<Camera>): Promise<void> {
    await this.ready;
    this.set(
      "cameras",
      points([...cameras], (one) => ({ picture: pictureOfCamera(one.unknown_since !== null || !one.last_frame_at) })),
    );
  }

  async showHoles(holes: readonly Named[]): Promise<void> {
    await this.ready;
    this.set(
      "holes",
      points(holes, () => ({})),
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
      points(placed, (one) => ({ picture: pictureOfOfficer(Date.parse(one.seen_at ?? "") > oldest), name: one.name })),
    );
  }

  async showFloods(states: Iterable<FloodState>): Promise<void> {
    await this.ready;
    if (this.areas) this.set("flooded", floodedOf(this.areas, states));
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
    this.map.easeTo({ center: [spot.lon, spot.lat], zoom: Math.max(zoom, this.map.getZoom()), duration: 500 });
  }

  async goHome(): Promise<void> {
    await this.ready;
    if (this.home) this.map.fitBounds(this.home, { padding: 12, duration: 500 });
  }

  private set(source: string, data: FeatureCollection): void {
    if (this.resting.has(source)) {
      this.waiting.set(source, data);
      return;
    }
    this.map.getSource<GeoJSONSource>(source)?.setData(data);
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
      else if (
        this.map.queryRenderedFeatures(event.point, { layers: ["gauges", "incidents", "cameras", ...CLUSTERS] })
          .length > 0
      )
        return;
      onPick({ kind, id });
    });
    if (layer === "area-fill") return;
    this.map.on("mouseenter", layer, () => this.point("pointer"));
    this.map.on("mouseleave", layer, () => this.point(""));
  }

  private point(cursor: string): void {
    this.map.getCanvas().style.cursor = cursor;
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
