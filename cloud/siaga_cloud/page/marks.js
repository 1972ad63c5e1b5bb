// What stands on the map: gauges with their stage, cameras, open incidents.

import { svg } from "./dom.js";
import { path } from "./icons.js";
import { percent, stageOf, trendText } from "./lists.js";
import { number, say } from "./words.js";

const mark = (className, title, open, ...children) => svg("g", { class: `mark ${className}`, onclick: open }, svg("title", {}, title), svg("circle", { class: "hit", r: 20 }), children);

export function gaugeMark(gauge, open) {
  const stage = stageOf(gauge);
  const title = stage ? `${gauge.name}: ${say(`stage${stage}`)}, ${number(gauge.level_cm)} cm ${trendText(gauge)}` : `${gauge.name}: ${say("stage0")}`;
  return {
    id: `gauge:${gauge.id}`, lon: gauge.lon, lat: gauge.lat, rank: stage ? 20 - stage : 11, print: title,
    build: () => mark(`gauge stage-${stage}`, title, open,
      svg("path", { class: "body", d: "M0-15c5 7 10 10 10 17a10 10 0 0 1-20 0c0-7 5-10 10-17z" }),
      svg("text", { class: "sign", y: 7 }, stage || "?")),
  };
}

export function cameraMark(camera, open) {
  const title = `${say("camera")} ${camera.name || camera.id}${camera.unknown_since ? `: ${say("stage0")}` : ""}`;
  return {
    id: `camera:${camera.id}`, lon: camera.lon, lat: camera.lat, rank: 1, shift: 17, print: title,
    build: () => mark(`camera ${camera.unknown_since ? "unknown" : ""}`, title, open,
      svg("rect", { class: "body", x: -9, y: -8, width: 18, height: 16, rx: 4 }),
      svg("path", { class: "picture", transform: "translate(-7.200 -7.500) scale(.62)", d: path("camera") })),
  };
}

export function incidentMark(incident, open) {
  const title = `${say(incident.category)}${incident.area_name ? ` · ${incident.area_name}` : ""}, ${percent(incident.confidence)} ${say("sure")}`;
  return {
    id: `incident:${incident.id}`, lon: incident.place.lon, lat: incident.place.lat, rank: incident.severity === "severe" ? 30 : 25, shift: -28, print: `${title} ${incident.severity}`,
    build: () => mark(`incident ${incident.category} ${incident.severity}`, title, open,
      svg("rect", { class: "halo", x: -16, y: -16, width: 32, height: 32, rx: 10, fill: "none" }),
      svg("path", { class: "body", d: "M-5 12L0 19L5 12H8a5 5 0 0 0 5-5V-8a5 5 0 0 0-5-5H-8a5 5 0 0 0-5 5V7a5 5 0 0 0 5 5z" }),
      svg("path", { class: "picture", transform: "translate(-9.600 -10) scale(.8)", d: path(incident.category) })),
  };
}
