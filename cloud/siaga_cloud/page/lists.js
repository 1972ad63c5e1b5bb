// The three lists: gauges, incidents, tasks.

import { byId, drawRow, el, svg, syncList, timeTag } from "./dom.js";
import { icon } from "./icons.js";
import { ago, number, say, spokenSpan } from "./words.js";

export const stageOf = (gauge) => (gauge.unknown_since || !gauge.stage ? 0 : gauge.stage);
const danger = (gauge) => (stageOf(gauge) === 0 ? 4.5 : stageOf(gauge));

export const badge = (stage) => el("span", { class: `badge s${stage}` }, stage ? `${say(`stage${stage}`)} · ${say(`meaning${stage}`)}` : say("stage0"));
export const disc = (stage) => el("span", { class: `disc s${stage}`, "aria-hidden": "true" }, stage || "?");

const ARROWS = { rising: "▲", falling: "▼", steady: "▬" };

export function trendText(gauge) {
  if (gauge.unknown_since || !ARROWS[gauge.trend]) return "";
  const rate = gauge.trend === "steady" ? "" : ` ${number(Math.abs(gauge.rate_cm_per_hour))} ${say("perHour")}`;
  return `${ARROWS[gauge.trend]} ${say(gauge.trend)}${rate}`;
}

export function measuredTag(gauge) {
  if (!gauge.measured_at) return say("never");
  if (gauge.unknown_since) return timeTag(gauge.unknown_since, (at) => say("unknownSince", { t: ago(at) }));
  return timeTag(gauge.measured_at, (at) => say("measured", { t: ago(at) }));
}

// Where the level stands between the city's limits; drawn only where the first limit is known.
export function levelBar(gauge) {
  if (gauge.s3_cm === null || gauge.level_cm === null) return null;
  const limits = [gauge.s3_cm, gauge.s2_cm, gauge.s1_cm].filter((limit) => limit !== null);
  const top = limits.at(-1) + (limits.at(-1) - limits[0] || Math.abs(limits[0]) || 100) * 0.5;
  const bottom = limits[0] - (top - limits[0]) * 0.9;
  const x = (cm) => Math.max(0, Math.min(100, ((cm - bottom) / (top - bottom)) * 100));
  const edges = [bottom, ...limits, top];
  const parts = edges.slice(0, -1).map((from, index) => svg("rect", { class: `part p${4 - index} ${gauge.unknown_since || x(gauge.level_cm) <= x(from) ? "rest" : ""}`, x: x(from), y: 3, width: Math.max(0, x(edges[index + 1]) - x(from) - 0.5), height: 6 }));
  const pin = svg("rect", { class: "pin", x: Math.min(99, x(gauge.level_cm) - 0.6), y: 0, width: 1.2, height: 12 });
  return svg("svg", { class: "bar", viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" }, parts, gauge.unknown_since ? null : pin);
}

export function showGauges(gauges, open) {
  const sorted = [...gauges].sort((a, b) => danger(a) - danger(b) || a.name.localeCompare(b.name));
  syncList(byId("gauges"), sorted, (gauge) => gauge.id, (row, gauge) => drawRow(row, gauge, {
    className: `row edge-${stageOf(gauge)}`,
    label: `${gauge.name}, ${stageOf(gauge) ? `${say(`stage${gauge.stage}`)} ${say(`meaning${gauge.stage}`)}, ${number(gauge.level_cm)} cm, ${trendText(gauge)}` : say("stage0")}`,
    open: () => open(gauge.id),
    content: () => gaugeContent(gauge),
  }), say("noGauges"));
  byId("count-gauges").textContent = gauges.filter((gauge) => [1, 2, 3].includes(stageOf(gauge))).length || "";
}

function gaugeContent(gauge) {
  const stage = stageOf(gauge);
  const known = stage && gauge.level_cm !== null;
  const second = known ? trendText(gauge) : gauge.level_cm === null ? "" : say("lastKnown", { cm: number(gauge.level_cm) });
  return [
    disc(stage),
    el("span", { class: "name" }, gauge.name),
    el("span", { class: "value" }, el("span", { class: "big" }, known ? number(gauge.level_cm) : "–"), known ? " cm" : ""),
    el("span", { class: "under" }, badge(stage), el("span", { class: "small" }, second)),
    levelBar(gauge) ?? "",
    el("span", { class: "under small" }, measuredTag(gauge)),
  ];
}

export const percent = (share) => `${number(share * 100)} %`;

export function sourceText(incident) {
  return incident.source_kinds.map((kind) => say(kind).toLocaleLowerCase()).join(" + ");
}

// Open before closed, the gravest first.
const gravity = (one) => (one.state === "open" ? ["severe", "moderate", "minor"].indexOf(one.severity) : 9);

export function showIncidents(incidents, open) {
  const shown = incidents.filter((one) => one.state === "open" || one.state === "closed")
    .sort((a, b) => gravity(a) - gravity(b) || Date.parse(b.began_at) - Date.parse(a.began_at)).slice(0, 200);
  syncList(byId("incidents"), shown, (one) => one.id, (row, one) => drawRow(row, one, {
    className: `row ${one.severity === "severe" ? "edge-1" : one.state === "open" ? "edge-3" : ""}`,
    label: `${say(one.category)}, ${one.area_name ?? ""}, ${say(one.severity)}, ${percent(one.confidence)} ${say("sure")}`,
    open: () => open(one.id),
    content: () => [
      icon(one.category),
      el("span", { class: "name" }, say(one.category), el("span", { class: "where" }, one.area_name ?? "")),
      el("span", { class: "value" }, el("span", { class: "big" }, percent(one.confidence)), el("br"), el("span", { class: "small" }, say("sure"))),
      el("span", { class: "under" }, el("span", { class: "small" }, `${say(one.severity)} · ${sourceText(one)}`), el("span", { class: "small" }, one.state === "open" ? timeTag(one.began_at, (at) => ago(at)) : say(one.state))),
    ],
  }), say("noIncidents"));
  byId("count-incidents").textContent = incidents.filter((one) => one.state === "open").length || "";
}

// The clock that runs now: the first step that is not done.
export function runningClock(task) {
  return ["acknowledge", "first_action", "resolve"].map((what) => ({ what, ...task[what] })).find((clock) => !clock.done_at);
}

export function clockTag(task) {
  const clock = runningClock(task);
  if (task.finished || !clock) return el("span", { class: "met" }, timeTag(task.resolve.done_at ?? task.updated_at, (at) => say("finished", { t: ago(at) })));
  if (clock.state === "paused") return el("span", { class: "small" }, say("pausedClock"));
  const late = clock.state === "overdue" || Date.parse(clock.due_at) < Date.now();
  const write = (at) => {
    const left = (Date.parse(at) - Date.now()) / 1000;
    return say(left < 0 ? "overdue" : "dueIn", { what: say(clock.what), t: spokenSpan(left) });
  };
  return el("span", { class: late ? "late" : clock.state === "due_soon" ? "soon" : "" }, timeTag(clock.due_at, write));
}

export function showTasks(tasks, open) {
  const sorted = [...tasks].sort((a, b) => a.finished - b.finished || (a.finished ? Date.parse(b.updated_at) - Date.parse(a.updated_at) : a.priority - b.priority || Date.parse(a.resolve.due_at) - Date.parse(b.resolve.due_at))).slice(0, 200);
  syncList(byId("tasks"), sorted, (task) => task.id, (row, task) => drawRow(row, task, {
    className: `row ${task.finished ? "edge-4" : runningClock(task)?.state === "overdue" ? "edge-1" : "edge-3"}`,
    label: `${say("task")} ${task.number}, ${say(task.category)}, ${task.area_name ?? ""}, ${say(`task_${task.state}`)}`,
    open: () => open(task.id),
    content: () => [
      icon(task.category),
      el("span", { class: "name" }, say(task.category), el("span", { class: "where" }, task.area_name ?? "")),
      el("span", { class: "value small" }, `#${task.number}`),
      el("span", { class: "under small" }, task.agency_name ?? "–"),
      el("span", { class: "under" }, el("span", { class: "small" }, say(`task_${task.state}`)), clockTag(task)),
    ],
  }), say("noTasks"));
  byId("count-tasks").textContent = tasks.filter((task) => !task.finished).length || "";
}
