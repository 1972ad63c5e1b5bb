// Widgets for other pages: a map, one gauge, one area. They read the public API and keep nothing.
const SVG = "http://www.w3.org/2000/svg";
const REFRESH_MS = 60000;
const asked = new URLSearchParams(location.search);
const language = asked.get("lang") === "en" ? "en" : "id";
const WORDS = {
  id: {
    stage: ["", "Siaga 1 – Awas", "Siaga 2 – Siaga", "Siaga 3 – Waspada", "Siaga 4 – Normal"],
    flood: { none: "Tidak ada genangan yang diketahui", caution: "Hati-hati, kedalaman belum diketahui",
      minor: "Genangan 10–70 cm", moderate: "Genangan 71–150 cm", severe: "Genangan di atas 150 cm" },
    unknown: "tidak diketahui sejak", unknownLevel: "tidak diketahui", trend: { rising: "naik", falling: "turun", steady: "tetap", unknown: "" },
    missing: "Tidak ditemukan", failed: "Data belum dapat dimuat", levels: "Tinggi muka air, 24 jam",
    map: "Peta keadaan banjir", calm: "Tidak ada peringatan",
  },
  en: {
    stage: ["", "Siaga 1 – danger", "Siaga 2 – be ready", "Siaga 3 – be alert", "Siaga 4 – normal"],
    flood: { none: "No flooding known", caution: "Caution, depth unknown", minor: "Flooding 10–70 cm",
      moderate: "Flooding 71–150 cm", severe: "Flooding over 150 cm" },
    unknown: "unknown since", unknownLevel: "unknown", trend: { rising: "rising", falling: "falling", steady: "steady", unknown: "" },
    missing: "Not found", failed: "The data cannot be loaded now", levels: "Water level, 24 hours",
    map: "Map of the flood", calm: "No alert",
  },
};
const words = WORDS[language];

async function read(path) {
  const answer = await fetch(path, { headers: { "Accept-Language": language } });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function drawn(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.append(text);
  return made;
}

function clock(text) {
  return new Date(text).toLocaleString(language === "id" ? "id-ID" : "en-GB", { dateStyle: "short", timeStyle: "short" });
}

function kind(gauge) {
  return gauge.unknown_since || !gauge.stage ? "unknown" : `stage-${gauge.stage}`;
}

function levelText(gauge) {
  if (gauge.unknown_cause) return words.unknownLevel;
  return gauge.level_cm === null ? "–" : `${Math.round(gauge.level_cm)} cm`;
}

function badge(gauge) {
  const known = kind(gauge) !== "unknown";
  const since = gauge.unknown_since ? `${words.unknown} ${clock(gauge.unknown_since)}` : "–";
  return element("span", { class: `badge ${kind(gauge)}` }, known ? words.stage[gauge.stage] : since);
}

function curve(gauge, readings) {
  const known = readings.filter((one) => one.level_cm !== null && one.quality !== "bad");
  const limits = [gauge.s3_cm, gauge.s2_cm, gauge.s1_cm].filter((one) => one !== null);
  const levels = known.map((one) => one.level_cm).concat(limits);
  if (known.length < 2) return element("p", { class: "notice" }, "–");
  const low = Math.min(...levels), high = Math.max(...levels);
  const from = Date.parse(known[0].measured_at), to = Date.parse(known[known.length - 1].measured_at);
  const x = (at) => (300 * (Date.parse(at) - from)) / Math.max(1, to - from);
  const y = (level) => 95 - (90 * (level - low)) / Math.max(1, high - low);
  const image = drawn("svg", { viewBox: "0 0 300 100", role: "img", preserveAspectRatio: "none", height: "110" });
  image.append(drawn("title", {}, words.levels));
  for (const limit of limits) image.append(drawn("line", { class: "limit", x1: 0, x2: 300, y1: y(limit), y2: y(limit) }));
  const points = known.map((one) => `${x(one.measured_at).toFixed(1)},${y(one.level_cm).toFixed(1)}`);
  image.append(drawn("polyline", { class: "line", points: points.join(" ") }));
  return image;
}

async function gaugeWidget() {
  const id = encodeURIComponent(asked.get("id") || "");
  const gauge = await read(`/api/v1/gauges/${id}`);
  if (!gauge || Array.isArray(gauge)) return [element("p", { class: "notice" }, words.missing)];
  const readings = await read(`/api/v1/gauges/${id}/readings?limit=1440`);
  const level = levelText(gauge);
  const trend = gauge.unknown_since ? "" : words.trend[gauge.trend];
  return [
    element("h1", {}, gauge.name),
    element("div", {}, badge(gauge)),
    element("div", { class: "level" }, level, " ", element("small", { class: "notice" }, trend)),
    curve(gauge, readings),
  ];
}

async function areaWidget() {
  const id = encodeURIComponent(asked.get("id") || "");
  const [flood, alert] = await Promise.all([
    read(`/api/v1/areas/${id}/flood-state?limit=0`), read(`/api/v1/areas/${id}/alert?lang=${language}`)]);
  if (!flood) return [element("p", { class: "notice" }, words.missing)];
  const told = alert && alert.alert;
  const parts = [element("h1", {}, flood.area_name), element("p", {}, words.flood[flood.state])];
  if (!told) return [...parts, element("p", { class: "notice" }, words.calm)];
  return [...parts, element("p", {}, element("span", { class: `badge stage-${told.stage}` }, told.headline)),
    element("p", {}, told.instruction)];
}

function corners(geometry, visit) {
  const walk = (held) => (typeof held[0] === "number" ? visit(held) : held.forEach(walk));
  if (geometry) walk(geometry.coordinates);
}

// Islands far out would make the city small: they are left outside of the frame.
function mainland(shapes) {
  const middles = shapes.map((one) => {
    let count = 0, lon = 0, lat = 0;
    corners(one.geometry, (spot) => { count += 1; lon += spot[0]; lat += spot[1]; });
    return [lon / count, lat / count];
  });
  const span = [0, 1].map((axis) => {
    const sorted = middles.map((one) => one[axis]).sort((a, b) => a - b);
    const low = sorted[Math.floor(sorted.length * 0.1)], high = sorted[Math.floor(sorted.length * 0.9)];
    return [low - (high - low) / 2, high + (high - low) / 2];
  });
  return shapes.filter((_, at) => span.every(([low, high], axis) => middles[at][axis] >= low && middles[at][axis] <= high));
}

function lines(geometry) {
  const deep = { Polygon: 1, MultiLineString: 1, MultiPolygon: 2, LineString: 0 }[geometry.type];
  return deep === 0 ? [geometry.coordinates] : geometry.coordinates.flat(deep - 1);
}

async function mapWidget() {
  const [areas, rivers, floods, gauges] = await Promise.all([
    read("/api/v1/open-data/areas.geojson"), read("/api/v1/open-data/waterways.geojson"), read("/api/v1/flood-states"),
    read("/api/v1/gauges")]);
  const land = areas.features.filter((one) => one.geometry && one.properties.level === "kelurahan");
  const box = [180, 90, -180, -90];
  for (const one of mainland(land)) corners(one.geometry, ([lon, lat]) => {
    box[0] = Math.min(box[0], lon); box[1] = Math.min(box[1], lat);
    box[2] = Math.max(box[2], lon); box[3] = Math.max(box[3], lat);
  });
  if (!land.length) return [element("p", { class: "notice" }, words.missing)];
  const scale = 300 / (box[2] - box[0]);
  const place = ([lon, lat]) => [((lon - box[0]) * scale).toFixed(1), ((box[3] - lat) * scale).toFixed(1)];
  const path = (geometry) => lines(geometry).map((line) => `M${line.map((one) => place(one).join(" ")).join("L")}`).join("");
  const image = drawn("svg", { class: "map", viewBox: `0 0 300 ${((box[3] - box[1]) * scale).toFixed(0)}`, role: "img" });
  image.append(drawn("title", {}, words.map));
  const colours = new Map(floods.map((one) => [one.area_id, one]));
  for (const one of land) {
    const flood = colours.get(one.id);
    const shape = drawn("path", { class: "land", d: path(one.geometry) });
    if (flood && flood.colour) shape.style.fill = flood.colour;
    shape.append(drawn("title", {}, `${one.properties.name}${flood ? `: ${words.flood[flood.state]}` : ""}`));
    image.append(shape);
  }
  for (const one of rivers.features) image.append(drawn("path", { class: "water", d: path(one.geometry) }));
  for (const one of gauges) {
    const [cx, cy] = place([one.lon, one.lat]);
    const dot = drawn("circle", { class: `dot ${kind(one)}`, cx, cy, r: 3.5 });
    dot.append(drawn("title", {}, `${one.name}: ${levelText(one)}`));
    image.append(dot);
  }
  return [image];
}

const WIDGETS = { map: mapWidget, gauge: gaugeWidget, area: areaWidget };

async function show() {
  const main = document.querySelector("main");
  try {
    main.replaceChildren(...(await WIDGETS[document.body.dataset.widget]()));
    document.querySelector("#at").textContent = clock(new Date().toISOString());
  } catch {
    main.replaceChildren(element("p", { class: "notice" }, words.failed));
  }
  document.body.dataset.ready = "true";
}

document.documentElement.lang = language;
await show();
setInterval(show, REFRESH_MS);
