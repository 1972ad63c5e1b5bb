// The parts of @grafana/data that decide what a value looks like, and the width of a text in Grafana's font.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

// The package is written for browsers and reads this while it loads.
globalThis.navigator ??= { language: "id-ID", languages: ["id-ID"] };

const require = createRequire(import.meta.url);
// By file: the index loads what needs a whole browser.
const files = new URL("node_modules/@grafana/data/dist/cjs/", import.meta.url).pathname;
console.info = console.log = () => undefined; // a library of it advertises
export const { getDisplayProcessor } = require(`${files}field/displayProcessor.cjs`);
export const { getFieldDisplayValues } = require(`${files}field/fieldDisplay.cjs`);
export const { getValueFormat, getValueFormats, formattedValueToString } = require(`${files}valueFormats/valueFormats.cjs`);
const { createTheme } = require(`${files}themes/createTheme.cjs`);
globalThis.window = { grafanaBootData: { settings: { featureToggles: {} } } }; // after it: to load it, this is no browser
export const theme = createTheme();
const opentype = require("opentype.js");

// --- geometry of a screen of 1920 x 1080 in kiosk mode ---------------------------------------------------------
export const COLUMNS = 24;
const SCREEN = 1920 - 2 * theme.spacing.gridSize * 2;
const GAP = 8;
const ROW = 38;
const COLUMN = (SCREEN - GAP * (COLUMNS - 1)) / COLUMNS;
const PADDING = theme.components.panel.padding * theme.spacing.gridSize;
const TITLE = theme.components.panel.headerHeight * theme.spacing.gridSize;

/** The room inside a panel: without border and padding, and without its title where it has one. */
export function room(panel) {
  const { w, h } = panel.gridPos;
  return {
    width: w * COLUMN + (w - 1) * GAP - 2 - 2 * PADDING,
    height: h * ROW - GAP - 2 - 2 * PADDING - (panel.title ? TITLE : 0),
  };
}

// --- fonts -----------------------------------------------------------------------------------------------------
const fonts = new Map();
function font(weight) {
  if (!fonts.has(weight)) {
    const file = new URL(`node_modules/@fontsource/inter/files/inter-latin-${weight}-normal.woff`, import.meta.url);
    const bytes = readFileSync(file);
    fonts.set(weight, opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)));
  }
  return fonts.get(weight);
}
const widths = new Map();
/** The width in pixels of a text of Inter. */
export function textWidth(text, size, weight = 400) {
  const key = `${weight}|${text}`;
  if (!widths.has(key)) widths.set(key, font(weight).getAdvanceWidth(text, 100));
  return (widths.get(key) * size) / 100;
}

// --- fields ----------------------------------------------------------------------------------------------------
function set(target, path, value) {
  const parts = path.split(".");
  const last = parts.pop();
  let at = target;
  for (const part of parts) at = at[part] ??= {};
  at[last] = value;
}

function matches(matcher, name) {
  if (matcher.id === "byName") return matcher.options === name;
  if (matcher.id === "byRegexp") {
    const found = /^\/(.*)\/([a-z]*)$/.exec(matcher.options);
    return (found ? new RegExp(found[1], found[2]) : new RegExp(matcher.options)).test(name);
  }
  if (matcher.id === "byType") return false;
  throw new Error(`matcher ${matcher.id}: not one that this check knows`);
}

/** The settings of a field: the panel's defaults, then each override that matches, in their order. */
export function configOf(panel, name) {
  const config = structuredClone(panel.fieldConfig?.defaults ?? {});
  config.custom ??= {};
  for (const override of panel.fieldConfig?.overrides ?? [])
    if (matches(override.matcher, name)) for (const { id, value } of override.properties) set(config, id, structuredClone(value));
  return config;
}

/** A field as Grafana holds it, with its range where a scale needs one. */
export function fieldOf(panel, name, type, values) {
  const field = { name, type, values, config: configOf(panel, name), state: {} };
  if (type === "number") {
    const numbers = values.filter((one) => one !== null);
    const min = field.config.min ?? Math.min(...numbers);
    const max = field.config.max ?? Math.max(...numbers);
    if (numbers.length || field.config.min !== undefined) field.state.range = { min, max, delta: max - min };
  }
  field.display = getDisplayProcessor({ field, theme, timeZone: "Asia/Jakarta" });
  return field;
}

export const shown = (display) => formattedValueToString(display);

/** A table's fields from one answer. */
export function tableFields(panel, answer) {
  return answer.columns.map(({ name, type }, at) => fieldOf(panel, name, type, answer.rows.map((row) => row[at])));
}

/** Those of them that are seen. */
export function shownFields(panel, answer) {
  return tableFields(panel, answer).filter((field) => !field.config.custom.hideFrom?.viz && !field.config.custom.hidden);
}

/** Series of an answer in the form time, metric, value: to each metric its points. */
export function seriesOf(answer) {
  const found = new Map();
  for (const [time, metric, value] of answer.rows) {
    if (!found.has(metric)) found.set(metric, []);
    found.get(metric).push([time, value]);
  }
  return found;
}

/** Whether a colour is a grey: a hue says something, and nothing is known of a missing value. */
export function isNeutral(colour) {
  if (!colour || colour === "transparent" || colour === "text") return true;
  const named = theme.visualization.getColorByName(colour);
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(named);
  const rgb = hex ? hex.slice(1).map((part) => parseInt(part, 16)) : (named.match(/\d+(\.\d+)?/g) ?? []).slice(0, 3).map(Number);
  return Math.max(...rgb) - Math.min(...rgb) <= 40;
}
