// The marks on the map, drawn once each to images that the graphics card then places by the thousand.

import type { Map as GlMap } from "maplibre-gl";
import { CATEGORIES } from "../api/registries";
import { iconPath } from "../parts/icons";
import { STAGE_SHAPES } from "../parts/shapes";

const SIZE = 36;
const SCALE = 2;

const CATEGORY_COLOURS: Readonly<Record<string, string>> = {
  flooding: "#0a5a8f",
  trash: "#8a4306",
  illegal_parking: "#56389c",
};
const OTHER_COLOUR = "#6a1f8a";
const DROP = "M16 1c6.500 8 11.500 12.500 11.500 19a11.500 11.500 0 0 1-23 0C4.500 13.500 9.500 9 16 1z";
const PIN = "M10 3h12a6 6 0 0 1 6 6v12a6 6 0 0 1-6 6h-2l-4 4.500-4-4.500h-2a6 6 0 0 1-6-6V9a6 6 0 0 1 6-6z";
const ROUND = "M16 3a12 12 0 1 1 0 24 12 12 0 0 1 0-24z";
const SQUARE = "M8 5h16a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4H8a4 4 0 0 1-4-4V9a4 4 0 0 1 4-4z";

const cssColour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const iconOfGauge = (stage: number): string => `gauge-${stage}`;
export const iconOfIncident = (category: string, isSevere: boolean): string =>
  `incident-${CATEGORIES.some((one) => one === category) ? category : "other"}${isSevere ? "-severe" : ""}`;
export const iconOfCamera = (isUnknown: boolean): string => (isUnknown ? "camera-unknown" : "camera");

export const iconOfOfficer = (isFresh: boolean): string => (isFresh ? "officer" : "officer-old");

/** Gives the map every icon in the colours of the theme; call again when the theme changes. */
export function addIcons(map: GlMap): void {
  add(map, iconOfGauge(0), drawUnknownGauge);
  for (const stage of [1, 2, 3, 4]) add(map, iconOfGauge(stage), (pen) => drawGauge(pen, stage));
  for (const category of CATEGORIES) {
    add(map, iconOfIncident(category, false), (pen) => drawIncident(pen, category, 1));
    add(map, iconOfIncident(category, true), (pen) => {
      shape(pen, STAGE_SHAPES[1] ?? "", cssColour("--stage-1"), cssColour("--paper"), false);
      drawIncident(pen, category, 0.8);
    });
  }
  for (const isFresh of [false, true]) add(map, iconOfOfficer(isFresh), (pen) => drawOfficer(pen, isFresh));
  for (const isUnknown of [false, true]) add(map, iconOfCamera(isUnknown), (pen) => drawCamera(pen, isUnknown));
  add(map, "landmark", drawLandmark);
}

function drawLandmark(pen: CanvasRenderingContext2D): void {
  pen.fillStyle = cssColour("--soft");
  pen.strokeStyle = cssColour("--land");
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(16, 16, 4, 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
}

function drawGauge(pen: CanvasRenderingContext2D, stage: number): void {
  shape(pen, DROP, cssColour(`--stage-${stage}`), cssColour("--paper"), false);
  drawGlyph(pen, String(stage), cssColour(stage === 2 ? "--on-stage-2" : "--on-stage"));
}

function drawUnknownGauge(pen: CanvasRenderingContext2D): void {
  const colour = cssColour("--stage-0");
  shape(pen, DROP, cssColour("--paper"), colour, true);
  drawGlyph(pen, "?", colour);
}

function drawIncident(pen: CanvasRenderingContext2D, category: string, size: number): void {
  shape(pen, PIN, CATEGORY_COLOURS[category] ?? OTHER_COLOUR, "#ffffff", false, size);
  lines(pen, iconPath(category), size * 0.78);
}

function drawCamera(pen: CanvasRenderingContext2D, isUnknown: boolean): void {
  shape(pen, SQUARE, isUnknown ? "#66727e" : "#2f3b47", "#ffffff", isUnknown, 0.75);
  lines(pen, iconPath("camera"), 0.55);
}

function drawOfficer(pen: CanvasRenderingContext2D, isFresh: boolean): void {
  shape(pen, ROUND, isFresh ? "#1b6e3c" : "#66727e", "#ffffff", !isFresh, 0.85);
  lines(pen, iconPath("person"), 0.6);
}

function add(map: GlMap, name: string, draw: (pen: CanvasRenderingContext2D) => void): void {
  const canvas = document.createElement("canvas");
  canvas.width = SIZE * SCALE;
  canvas.height = SIZE * SCALE;
  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.scale((SIZE * SCALE) / 32, (SIZE * SCALE) / 32);
  draw(pen);
  const image = pen.getImageData(0, 0, canvas.width, canvas.height);
  if (map.hasImage(name)) map.updateImage(name, image);
  else map.addImage(name, image, { pixelRatio: SCALE });
}

function shape(
  pen: CanvasRenderingContext2D,
  path: string,
  fill: string,
  edge: string,
  isDashed: boolean,
  size = 1,
): void {
  pen.save();
  pen.translate(16 * (1 - size), 16 * (1 - size));
  pen.scale(size, size);
  const outline = new Path2D(path);
  pen.fillStyle = fill;
  pen.fill(outline);
  pen.strokeStyle = edge;
  pen.lineWidth = 2;
  pen.setLineDash(isDashed ? [4, 3] : []);
  pen.stroke(outline);
  pen.restore();
}

function drawGlyph(pen: CanvasRenderingContext2D, text: string, colour: string): void {
  pen.fillStyle = colour;
  pen.font = "700 15px system-ui, Roboto, sans-serif";
  pen.textAlign = "center";
  pen.fillText(text, 16, 25);
}

function lines(pen: CanvasRenderingContext2D, path: string, size: number): void {
  pen.save();
  pen.translate(16 - 12 * size, 15 - 12 * size);
  pen.scale(size, size);
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 2;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.stroke(new Path2D(path));
  pen.restore();
}
