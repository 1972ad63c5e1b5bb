// What stands behind a row: a gauge's day, an incident's "why?", a task's clocks and history, a citizen's report.

import { get } from "./api.js";
import { byId, el, svg, timeTag } from "./dom.js";
import { icon } from "./icons.js";
import { badge, clockTag, levelBar, measuredTag, percent, sourceText, stageOf, trendText } from "./lists.js";
import { ago, clockTime, currentLanguage, number, say, spokenSpan } from "./words.js";

let shown = null;

export function openDetail(title, build) {
  shown = build;
  byId("detail-title").textContent = title;
  byId("detail-body").replaceChildren(el("p", { class: "small" }, "…"));
  if (!byId("detail").open) byId("detail").showModal();
  build().then((parts) => {
    if (shown === build) byId("detail-body").replaceChildren(...parts.filter(Boolean));
  }).catch((error) => {
    if (shown === build) byId("detail-body").replaceChildren(el("p", { class: "late" }, say("loadFailed", { why: error.message })));
  });
}

const facts = (pairs) => el("dl", { class: "facts" }, pairs.filter(([, value]) => value).flatMap(([key, value]) => [el("dt", {}, key), el("dd", {}, value)]));

export function openGauge(gauge, gauges) {
  openDetail(gauge.name, async () => {
    const readings = await get(`gauges/${encodeURIComponent(gauge.id)}/readings?limit=2000`);
    const below = gauges.get(gauge.downstream_id);
    const level = gauge.level_cm === null ? "–" : `${number(gauge.level_cm, 1)} cm`;
    return [
      el("p", {}, badge(stageOf(gauge)), " ", el("b", {}, gauge.unknown_since ? say("lastKnown", { cm: number(gauge.level_cm) }) : level), ` ${trendText(gauge)} `, el("span", { class: "small" }, measuredTag(gauge))),
      levelBar(gauge),
      below ? el("p", {}, say("arrives", { name: below.name, h: number(gauge.travel_minutes / 60, 1) })) : null,
      el("div", {}, el("h3", {}, say("last24")), chart(readings, gauge)),
      facts([[say("river"), gauge.river], [say("area"), gauge.area_name], ...limitFacts(gauge)]),
    ];
  });
}

const limitFacts = (gauge) => [[3, gauge.s3_cm], [2, gauge.s2_cm], [1, gauge.s1_cm]].map(([stage, cm]) => [say(`stage${stage}`), cm === null ? say("notKnown") : say("from", { cm: number(cm) })]);

function chart(readings, gauge) {
  const points = readings.filter((one) => one.level_cm !== null);
  if (points.length < 2) return el("p", { class: "small" }, say("noReadings"));
  const [width, height, edge] = [Math.max(260, byId("detail-body").clientWidth - 36), 150, 16];
  const limits = [[3, gauge.s3_cm], [2, gauge.s2_cm], [1, gauge.s1_cm]].filter(([, cm]) => cm !== null);
  const levels = points.map((one) => one.level_cm);
  const near = limits.filter(([, cm]) => cm < Math.max(...levels) * 1.35 + 30);
  const [low, high] = [Math.min(...levels), Math.max(...levels, ...near.map(([, cm]) => cm))];
  const [start, end] = [Date.parse(points[0].measured_at), Date.parse(points.at(-1).measured_at)];
  const x = (at) => ((Date.parse(at) - start) / Math.max(1, end - start)) * width;
  const y = (cm) => height - edge - ((cm - low) / Math.max(1, high - low)) * (height - 2 * edge);
  const line = points.map((one) => `${x(one.measured_at).toFixed(1)},${y(one.level_cm).toFixed(1)}`).join(" ");
  const marks = near.flatMap(([stage, cm]) => [
    svg("line", { class: `limit l${stage}`, x1: 0, x2: width, y1: y(cm), y2: y(cm) }),
    svg("text", { x: 4, y: y(cm) - 3 }, `${say(`stage${stage}`)} ${number(cm)}`),
  ]);
  const label = `${number(levels[0])} → ${number(levels.at(-1))} cm`;
  return svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, marks, svg("polyline", { class: "level", points: line }),
    svg("text", { x: 4, y: height - 1 }, clockTime(points[0].measured_at)), svg("text", { x: width - 4, y: height - 1, "text-anchor": "end" }, clockTime(points.at(-1).measured_at)));
}

export function openIncident(id, { openTask }) {
  openDetail(say("incident"), async () => {
    const { incident, members } = await get(`incidents/${id}`);
    byId("detail-title").textContent = `${say(incident.category)}${incident.area_name ? ` · ${incident.area_name}` : ""}`;
    return [
      el("p", {}, el("b", {}, `${percent(incident.confidence)} ${say("sure")}`), ` · ${say(incident.severity)} · ${say(incident.state)}${incident.verdict ? ` · ${say(incident.verdict)}` : ""}`),
      el("p", { class: "small" }, `#${incident.number} · `, timeTag(incident.began_at, (at) => say("began", { t: ago(at) })), incident.over_at ? ` · ${say("over", { t: ago(incident.over_at) })}` : "", ` · ${sourceText(incident)}`),
      incident.place.coarse ? el("p", { class: "small" }, say("coarse")) : null,
      el("div", {}, el("h3", {}, say("why")), el("p", { class: "small" }, say("whyText")), el("ul", { class: "ledger" }, members.map(memberLine))),
      incident.task_id ? el("button", { type: "button", class: "link", onclick: () => openTask(incident.task_id) }, `${say("showTask")} #${incident.task_number}`) : null,
    ];
  });
}

function memberLine(member) {
  const name = member.source_kind === "citizen" ? say("citizen") : `${say(member.source_kind)} ${member.source_name ?? member.source_id}`;
  const notes = [member.removed ? say("removed") : !member.counted ? say("repeats") : "", member.lead_seconds > 60 ? say("lead", { t: spokenSpan(member.lead_seconds) }) : ""].filter(Boolean);
  return el("li", { class: member.counted && !member.removed ? "" : "off" },
    icon(member.source_kind),
    el("span", {}, el("b", {}, name), el("br"), el("span", { class: "small" }, timeTag(member.observed_at, (at) => ago(at)), notes.length ? ` · ${notes.join(" · ")}` : "")),
    el("span", { class: "weight" }, el("b", {}, percent(member.weight)), el("br"), el("span", { class: "small" }, say("weight"))),
    svg("svg", { class: "track", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { class: "all", width: 100, height: 6 }), svg("rect", { class: "got", width: member.weight * 100, height: 6 })),
    member.pictures.length ? el("span", { class: "photos" }, member.pictures.map((shot) => el("img", { src: shot.url, alt: `${name}, ${shot.role}`, loading: "lazy" }))) : "");
}

const MOVE_WORDS = { resolve: "move_resolve", overdue: "overdueMove", priority: "movePriority", note: "moveNote" };

export function openTask(id, { openIncident: toIncident }) {
  openDetail(say("task"), async () => {
    const { task, moves } = await get(`tasks/${id}`);
    byId("detail-title").textContent = `${say("task")} #${task.number} · ${say(task.category)}`;
    return [
      el("p", {}, el("b", {}, say(`task_${task.state}`)), " · ", clockTag(task)),
      facts([[say("agency"), task.agency_name], [say("area"), task.area_name], [say("priority"), String(task.priority)], ["", task.escalation ? say("escalated", { n: task.escalation }) : null]]),
      el("div", {}, el("h3", {}, say("clocks")), facts(["acknowledge", "first_action", "resolve"].map((what) => [say(what), clockLine(task[what])]))),
      el("div", {}, el("h3", {}, say("moves")), el("ul", { class: "moves" }, moves.map((move) => el("li", {}, `${say(MOVE_WORDS[move.verb] ?? move.verb)} `, el("span", { class: "small" }, timeTag(move.at, (at) => ago(at))))))),
      el("button", { type: "button", class: "link", onclick: () => toIncident(task.incident_id) }, say("showIncident")),
    ];
  });
}

function clockLine(clock) {
  const kind = { overdue: "late", missed: "late", due_soon: "soon", met: "met" }[clock.state] ?? "";
  const words = clock.done_at ? `${say(clock.state === "met" ? "clock_met" : "clock_missed")}, ${clockTime(clock.done_at)}` : clockTime(clock.due_at);
  return el("span", { class: kind }, words);
}

export function openCamera(camera) {
  openDetail(camera.name || camera.id, async () => [
    el("p", {}, camera.unknown_since ? el("span", { class: "late" }, timeTag(camera.unknown_since, (at) => say("unknownSince", { t: ago(at) }))) : camera.last_frame_at ? timeTag(camera.last_frame_at, (at) => say("lastFrame", { t: ago(at) })) : say("never")),
    facts([[say("area"), camera.area_name], [say("zones"), [...new Set(camera.zones.map((zone) => say(zone.kind)))].join(", ")]]),
  ]);
}

export function openFollow(secret) {
  openDetail(say("yourReport"), async () => {
    const report = await get(`reports/${encodeURIComponent(secret)}?lang=${currentLanguage()}`).catch((error) => {
      throw error.status === 404 ? new Error(say("noReport")) : error;
    });
    return [
      el("p", {}, el("b", {}, report.message)),
      facts([[say("received"), clockTime(report.received_at)], [say("text"), report.text], [say("area"), report.area_name], [say("photos"), report.photos ? String(report.photos) : null], [say("agency"), report.agency_name], [say("task"), report.task_number ? `#${report.task_number}` : null]]),
    ];
  });
}
