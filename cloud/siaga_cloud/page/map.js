// The map: areas and rivers as SVG in Web Mercator, marks of constant size above, tiles below where a server is set.

import { byId, svg } from "./dom.js";

const SIZE = 256 * 2 ** 12; // the world's width in map units: pixels of zoom level 12
const LEAST_SCALE = 0.06;
const MOST_SCALE = 60;
const MAX_TILES = 80;
const ORIGIN = project(106.8, -6.2, true);

export function project(lon, lat, absolute = false) {
  const x = ((lon + 180) / 360) * SIZE;
  const sine = Math.sin((lat * Math.PI) / 180);
  const y = (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * SIZE;
  return absolute ? [x, y] : [x - ORIGIN[0], y - ORIGIN[1]];
}

const ring = (points) => points.map(([lon, lat]) => project(lon, lat).map((n) => n.toFixed(2)).join(" ")).join("L");

function outline(geometry) {
  switch (geometry?.type) {
    case "Polygon": return geometry.coordinates.map((part) => `M${ring(part)}Z`).join("");
    case "MultiPolygon": return geometry.coordinates.flat().map((part) => `M${ring(part)}Z`).join("");
    case "LineString": return `M${ring(geometry.coordinates)}`;
    case "MultiLineString": return geometry.coordinates.map((part) => `M${ring(part)}`).join("");
    default: return "";
  }
}

// The middle of the largest ring, by area, so that a label stands inside its area.
function middle(geometry) {
  const rings = geometry.type === "Polygon" ? [geometry.coordinates[0]] : geometry.coordinates.map((part) => part[0]);
  let best = { area: -1, x: 0, y: 0 };
  for (const points of rings) {
    let [area, x, y] = [0, 0, 0];
    const flat = points.map(([lon, lat]) => project(lon, lat));
    for (let i = 0; i + 1 < flat.length; i += 1) {
      const cross = flat[i][0] * flat[i + 1][1] - flat[i + 1][0] * flat[i][1];
      area += cross; x += (flat[i][0] + flat[i + 1][0]) * cross; y += (flat[i][1] + flat[i + 1][1]) * cross;
    }
    if (Math.abs(area) > best.area) best = { area: Math.abs(area), x: x / (3 * area), y: y / (3 * area) };
  }
  return best;
}

export class CityMap {
  constructor(root, tileUrl) {
    this.root = root;
    this.tileUrl = tileUrl;
    this.view = { x: 0, y: 0, scale: 1 };
    this.home = null;
    this.labels = [];
    this.marks = new Map();
    this.tiles = new Map();
    root.classList.toggle("tiled", Boolean(tileUrl));
    this.followHands();
    new ResizeObserver(() => this.resized()).observe(root);
  }

  showAreas(collection) {
    const shapes = collection.features.filter((one) => one.geometry);
    const order = { kelurahan: 0, rw: 0, kecamatan: 1, city: 2, province: 3 };
    shapes.sort((a, b) => order[a.properties.kind] - order[b.properties.kind]);
    byId("areas").replaceChildren(...shapes.map((one) => svg("path", { class: `area ${one.properties.kind}`, d: outline(one.geometry) }, svg("title", {}, one.properties.name))));
    this.makeLabels(shapes);
    this.home = this.densestBox(shapes);
    this.goHome();
  }

  showRivers(collection) {
    byId("rivers").replaceChildren(...collection.features.map((one) => svg("path", { class: "river", d: outline(one.geometry) }, svg("title", {}, one.properties.name))));
  }

  makeLabels(shapes) {
    this.labels = shapes.filter((one) => ["city", "kecamatan", "kelurahan"].includes(one.properties.kind)).map((one) => {
      const { area, x, y } = middle(one.geometry);
      const kind = one.properties.kind;
      const text = svg("text", { class: `label ${kind}` }, one.properties.name);
      return { text, x, y, kind, width: Math.sqrt(area / 2), size: one.properties.name.length * (kind === "city" ? 7.6 : 6.2) };
    });
    byId("labels").replaceChildren(...this.labels.map((label) => label.text));
  }

  // Where most areas are: far islands and upstream gauges do not make the city small.
  densestBox(shapes) {
    const kind = ["kelurahan", "kecamatan", "city", "province"].find((one) => shapes.some((shape) => shape.properties.kind === one));
    const spots = shapes.filter((one) => one.properties.kind === kind).map((one) => middle(one.geometry));
    const cut = (values) => {
      const sorted = values.sort((a, b) => a - b);
      const at = (share) => sorted[Math.round((sorted.length - 1) * share)];
      const [low, high] = [at(0.03), at(0.99)];
      const edge = (high - low) * 0.07 + 20;
      return [low - edge, high + edge];
    };
    const [west, east] = cut(spots.map((spot) => spot.x));
    const [north, south] = cut(spots.map((spot) => spot.y));
    return { west, east, north, south: south + (south - north) * 0.05 };
  }

  goHome() {
    const box = this.home ?? { west: -400, east: 400, north: -400, south: 400 };
    const { width, height } = this.root.getBoundingClientRect();
    if (!width || !height) return;
    const scale = Math.min(width / (box.east - box.west), height / (box.south - box.north));
    this.isHome = true;
    this.setView({ scale, x: width / 2 - ((box.west + box.east) / 2) * scale, y: height / 2 - ((box.north + box.south) / 2) * scale });
  }

  resized() {
    if (this.isHome !== false) this.goHome();
    else this.place();
  }

  // Latitude and longitude of the middle of what is seen.
  middle() {
    const { width, height } = this.root.getBoundingClientRect();
    const x = (width / 2 - this.view.x) / this.view.scale + ORIGIN[0];
    const y = (height / 2 - this.view.y) / this.view.scale + ORIGIN[1];
    const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / SIZE))) * 180) / Math.PI;
    return [Number(lat.toFixed(6)), Number(((x / SIZE) * 360 - 180).toFixed(6))];
  }

  flyTo(lon, lat) {
    const { width, height } = this.root.getBoundingClientRect();
    const [x, y] = project(lon, lat);
    const scale = Math.max(this.view.scale, 2.5);
    this.isHome = false;
    this.setView({ scale, x: width / 2 - x * scale, y: height / 2 - y * scale });
  }

  zoom(factor, px, py) {
    const { width, height } = this.root.getBoundingClientRect();
    const [cx, cy] = [px ?? width / 2, py ?? height / 2];
    const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, this.view.scale * factor));
    const grown = scale / this.view.scale;
    this.isHome = false;
    this.setView({ scale, x: cx - (cx - this.view.x) * grown, y: cy - (cy - this.view.y) * grown });
  }

  pan(dx, dy) {
    this.isHome = false;
    this.setView({ ...this.view, x: this.view.x + dx, y: this.view.y + dy });
  }

  setView(view) {
    this.view = view;
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => { this.frame = null; this.place(); });
  }

  toScreen(x, y) {
    return [x * this.view.scale + this.view.x, y * this.view.scale + this.view.y];
  }

  place() {
    const { x, y, scale } = this.view;
    byId("world").setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    for (const mark of this.marks.values()) this.placeMark(mark);
    this.placeLabels();
    if (this.tileUrl) this.placeTiles();
  }

  placeMark(mark) {
    const [px, py] = this.toScreen(...project(mark.lon, mark.lat));
    mark.node.setAttribute("transform", `translate(${px.toFixed(1)} ${(py + (mark.shift ?? 0)).toFixed(1)})`);
  }

  placeLabels() {
    const { width, height } = this.root.getBoundingClientRect();
    for (const label of this.labels) {
      const [px, py] = this.toScreen(label.x, label.y);
      const room = label.width * this.view.scale * (label.kind === "city" ? 1.25 : 1.15);
      const wanted = label.kind === "city" ? this.view.scale < 4 : label.kind === "kecamatan" ? this.view.scale < 9 && this.view.scale > 1.3 : this.view.scale > 3.5;
      const shown = wanted && room > label.size && px > 0 && py > 0 && px < width && py < height;
      label.text.setAttribute("visibility", shown ? "visible" : "hidden");
      if (shown) { label.text.setAttribute("x", px.toFixed(1)); label.text.setAttribute("y", py.toFixed(1)); }
    }
  }

  // marks: [{id, lon, lat, rank, print, build() -> g}]; a mark is drawn anew only when its print changed.
  showMarks(marks) {
    const layer = byId("marks");
    const wanted = new Set(marks.map((one) => one.id));
    for (const [id, held] of this.marks) if (!wanted.has(id)) { held.node.remove(); this.marks.delete(id); }
    for (const one of [...marks].sort((a, b) => a.rank - b.rank)) {
      const held = this.marks.get(one.id);
      const mark = held?.print === one.print ? { ...one, node: held.node } : { ...one, node: one.build() };
      if (held && held.node !== mark.node) held.node.remove();
      this.marks.set(one.id, mark);
      layer.append(mark.node);
      this.placeMark(mark);
    }
  }

  placeTiles() {
    const { width, height } = this.root.getBoundingClientRect();
    const level = Math.max(1, Math.min(18, Math.round(Math.log2(this.view.scale)) + 12));
    const side = SIZE / 2 ** level;
    const first = (offset) => Math.floor((-offset / this.view.scale) / side);
    const span = { west: first(this.view.x - ORIGIN[0] * this.view.scale), north: first(this.view.y - ORIGIN[1] * this.view.scale) };
    const across = Math.ceil(width / this.view.scale / side) + 1;
    const down = Math.ceil(height / this.view.scale / side) + 1;
    const wanted = new Map();
    for (let i = 0; i < across; i += 1) for (let j = 0; j < down && wanted.size < MAX_TILES; j += 1) wanted.set(`${level}/${span.west + i}/${span.north + j}`, [span.west + i, span.north + j]);
    for (const [key, node] of this.tiles) if (!wanted.has(key)) { node.remove(); this.tiles.delete(key); }
    for (const [key, [tx, ty]] of wanted) this.placeTile(key, tx, ty, level, side);
  }

  placeTile(key, tx, ty, level, side) {
    let node = this.tiles.get(key);
    if (!node) {
      const href = this.tileUrl.replace("{z}", level).replace("{x}", tx).replace("{y}", ty).replace("{s}", "abc"[(tx + ty) % 3]);
      node = svg("image", { href });
      this.tiles.set(key, node);
      byId("tiles").append(node);
    }
    const [px, py] = this.toScreen(tx * side - ORIGIN[0], ty * side - ORIGIN[1]);
    const size = side * this.view.scale + 0.5;
    for (const [name, value] of Object.entries({ x: px, y: py, width: size, height: size })) node.setAttribute(name, value);
  }

  followHands() {
    const fingers = new Map();
    const root = this.root;
    const spot = (event) => { const box = root.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    root.addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(Math.exp(-event.deltaY * 0.0016), ...spot(event)); }, { passive: false });
    root.addEventListener("pointerdown", (event) => fingers.set(event.pointerId, spot(event)));
    root.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const now = spot(event);
      const moved = Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (moved < 3 && !root.hasPointerCapture(event.pointerId)) return; // a click is not a drag
      root.setPointerCapture(event.pointerId);
      this.moved(fingers, event.pointerId, before, now);
      fingers.set(event.pointerId, now);
    });
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) root.addEventListener(name, (event) => fingers.delete(event.pointerId));
    root.addEventListener("keydown", (event) => this.key(event));
  }

  moved(fingers, id, before, now) {
    const other = [...fingers].find(([key]) => key !== id)?.[1];
    if (!other) { this.pan(now[0] - before[0], now[1] - before[1]); return; }
    const apart = (spot) => Math.hypot(spot[0] - other[0], spot[1] - other[1]) || 1;
    this.zoom(apart(now) / apart(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    this.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
  }

  key(event) {
    const step = 60;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (moves[event.key]) this.pan(...moves[event.key]);
    else if (event.key === "+" || event.key === "=") this.zoom(1.4);
    else if (event.key === "-") this.zoom(1 / 1.4);
    else if (event.key === "0") this.goHome();
    else return;
    event.preventDefault();
  }
}
