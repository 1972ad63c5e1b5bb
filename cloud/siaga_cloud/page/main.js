// The first page: loads everything once, then follows the live changes.

import { get } from "./api.js";
import { openCamera, openFollow, openGauge, openIncident, openTask } from "./detail.js";
import { byId, el } from "./dom.js";
import { disc, showGauges, showIncidents, showTasks, stageOf } from "./lists.js";
import { listen } from "./live.js";
import { CityMap } from "./map.js";
import { cameraMark, gaugeMark, incidentMark } from "./marks.js";
import { openReport } from "./report.js";
import { currentLanguage, say, setLanguage } from "./words.js";

const REFRESH_TIMES_MS = 5000;
const RELOAD_MS = 300000; // times move states (overdue, unknown) without any change in the database

const tileUrl = document.querySelector("meta[name=tile-url]").content;
const map = new CityMap(byId("map"), tileUrl);
const city = { gauge: new Map(), camera: new Map(), incident: new Map(), task: new Map() };
let schematic = false;
let drawing = false;
let state = "connecting";

const open = {
  gauge: (id) => { const one = city.gauge.get(id); map.flyTo(one.lon, one.lat); openGauge(one, city.gauge); },
  camera: (id) => openCamera(city.camera.get(id)),
  incident: (id) => { const one = city.incident.get(id); if (one) map.flyTo(one.place.lon, one.place.lat); openIncident(id, { openTask: open.task }); },
  task: (id) => openTask(id, { openIncident: open.incident }),
};

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    showGauges([...city.gauge.values()], open.gauge);
    showIncidents([...city.incident.values()], open.incident);
    showTasks([...city.task.values()], open.task);
    drawMarks();
    drawHeadline();
  });
}

function drawMarks() {
  map.showMarks([
    ...[...city.camera.values()].map((one) => cameraMark(one, () => open.camera(one.id))),
    ...[...city.gauge.values()].map((one) => gaugeMark(one, () => open.gauge(one.id))),
    ...[...city.incident.values()].filter((one) => one.state === "open").map((one) => incidentMark(one, () => open.incident(one.id))),
  ]);
}

// One sentence for everyone: the worst stage and where.
function drawHeadline() {
  const gauges = [...city.gauge.values()];
  const worst = Math.min(...gauges.map(stageOf).filter(Boolean), 5);
  const there = gauges.filter((one) => stageOf(one) === worst).map((one) => one.name);
  const names = there.slice(0, 2).join(", ") + (there.length > 2 ? ` ${say("andMore", { n: there.length - 2 })}` : "");
  const text = worst === 5 ? say("noneKnown") : worst === 4 ? say("calm") : say("headline", { stage: say(`stage${worst}`), names });
  const floods = [...city.incident.values()].filter((one) => one.state === "open" && one.category === "flooding").length;
  const unknown = gauges.filter((one) => stageOf(one) === 0).length;
  const more = [floods ? say("openFloods", { n: floods }) : "", unknown && worst !== 5 ? say("unknownGauges", { n: unknown }) : ""].filter(Boolean).join(" · ");
  const print = `${worst} ${text} ${more}`;
  if (byId("headline").dataset.print === print) return; // a screen reader should not hear the same again
  byId("headline").dataset.print = print;
  byId("headline").replaceChildren(disc(worst === 5 ? 0 : worst), el("span", {}, el("b", {}, text), more ? el("span", { class: "more" }, ` · ${more}`) : ""));
}

function drawWords() {
  document.documentElement.lang = currentLanguage();
  for (const tag of document.querySelectorAll("[data-word]")) tag.textContent = say(tag.dataset.word);
  for (const tag of document.querySelectorAll("[data-title]")) { tag.title = say(tag.dataset.title); tag.setAttribute("aria-label", tag.title); }
  for (const tag of document.querySelectorAll("[data-language]")) tag.setAttribute("aria-pressed", String(tag.dataset.language === currentLanguage()));
  byId("legend").replaceChildren(...[1, 2, 3, 4, 0].map((stage) => el("li", {}, disc(stage), stage ? `${say(`stage${stage}`)} ${say(`meaning${stage}`)}` : say("stage0"))));
  byId("map-note").textContent = [schematic ? say("schematic") : "", tileUrl ? `© ${new URL(tileUrl.replace("{s}.", "")).host}` : ""].filter(Boolean).join(" · ");
  byId("map").setAttribute("aria-label", say("map"));
  showState(state);
  draw();
}

function showState(now) {
  state = now;
  byId("connection").dataset.state = now;
  byId("connection-text").textContent = say(now);
}

const keep = (kind, items) => { city[kind] = new Map(items.map((item) => [item.id, item])); };

let loading = null;
let meanwhile = []; // changes that came while loading, newer than what is being loaded
function reload() {
  if (loading) return loading;
  meanwhile = [];
  loading = Promise.all([get("gauges"), get("cameras"), get("incidents?limit=300"), get("tasks?limit=300")])
    .then(([gauges, cameras, incidents, tasks]) => {
      keep("gauge", gauges); keep("camera", cameras); keep("incident", incidents); keep("task", tasks);
      meanwhile.forEach(([kind, data]) => apply(kind, data));
      draw();
    })
    .catch((error) => { byId("headline").replaceChildren(say("loadFailed", { why: error.message })); delete byId("headline").dataset.print; })
    .finally(() => { loading = null; });
  return loading;
}

async function loadMap() {
  const [areas, rivers] = await Promise.all([get("areas"), get("rivers")]);
  schematic = areas.schematic || rivers.schematic;
  map.showAreas(areas);
  map.showRivers(rivers);
  drawWords();
}

function apply(kind, { id, object }) {
  if (object) city[kind].set(id, object);
  else city[kind].delete(id);
}

function change(kind, data) {
  apply(kind, data);
  if (loading) meanwhile.push([kind, data]);
  byId("connection").dataset.lastAt = data.at; // lets the delay from sample to screen be measured from outside
  draw();
}

function selectTab(name) {
  document.body.dataset.tab = name;
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
}

function followTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => selectTab(tab.dataset.tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      selectTab(next.dataset.tab);
      next.focus();
    });
  }
  selectTab("gauges");
}

function followButtons() {
  byId("report").addEventListener("click", () => openReport(map));
  byId("zoom-in").addEventListener("click", () => map.zoom(1.5));
  byId("zoom-out").addEventListener("click", () => map.zoom(1 / 1.5));
  byId("zoom-home").addEventListener("click", () => map.goHome());
  for (const tag of document.querySelectorAll("[data-language]")) tag.addEventListener("click", () => { setLanguage(tag.dataset.language); drawWords(); });
  byId("detail").addEventListener("click", (event) => { if (event.target === byId("detail")) byId("detail").close(); });
}

followTabs();
followButtons();
drawWords();
loadMap().catch((error) => { byId("map-note").textContent = say("loadFailed", { why: error.message }); });
reload();
listen({ onChange: change, onReload: reload, onState: showState });
setInterval(() => { for (const tag of document.querySelectorAll("time")) if (tag.write) tag.textContent = tag.write(); }, REFRESH_TIMES_MS);
setInterval(reload, RELOAD_MS);
const secret = location.pathname.match(/^\/r\/([\w-]+)$/)?.[1];
if (secret) openFollow(secret);
