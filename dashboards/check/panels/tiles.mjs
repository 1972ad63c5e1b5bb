// Big numbers and bars.
import { getFieldDisplayValues, room, shown, tableFields, textWidth, theme } from "../grafana.mjs";
import { emptyColour, emptyText, words } from "./common.mjs";

const SMALLEST_VALUE = 24; // read from some metres
const SMALLEST_TITLE = 14;
const PADDING = 12;
const GAP = 8;

function displayValues(panel, answer) {
  const fields = tableFields(panel, answer);
  const frame = { fields, length: answer.rows.length, refId: answer.ref };
  return getFieldDisplayValues({
    fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions, replaceVariables: (text) => text,
    theme, data: [frame], timeZone: "Asia/Jakarta",
  }); // prettier-ignore
}

export function stat(report, panel, answers, { language }) {
  emptyText(report, panel, language);
  const fields = tableFields(panel, answers[0]);
  for (const field of fields) {
    emptyColour(report, panel, field.name, field.type, ["background", "background_solid", "value"].includes(panel.options.colorMode ?? "value"));
    words(report, field, language);
  }
  const values = displayValues(panel, answers[0]);
  const { width, height } = room(panel);
  const tiles = Math.max(1, values.length);
  const sideBySide = panel.options.orientation !== "horizontal";
  const tile = sideBySide ? (width - GAP * (tiles - 1)) / tiles : width;
  const tall = sideBySide ? height : (height - GAP * (tiles - 1)) / tiles;
  for (const { display } of values) {
    const size = panel.options.text?.valueSize ?? SMALLEST_VALUE;
    const title = panel.options.text?.titleSize ?? SMALLEST_TITLE;
    const text = shown(display);
    const named = panel.options.textMode === "value" ? "" : display.title;
    const isWide = !panel.options.text && tile / tall > 2.5; // then Grafana puts the title beside the value
    const valueRoom = (tile - 2 * PADDING) * (isWide && named ? 0.3 : 1);
    const titleRoom = (tile - 2 * PADDING) * (isWide ? 0.6 : 1);
    if (textWidth(text, size, 500) > valueRoom) report("too-wide", `tile "${text}" needs ${Math.ceil(textWidth(text, size, 500))} px of ${Math.floor(valueRoom)}`);
    if (named && textWidth(named, title, 400) > titleRoom) report("too-wide", `tile's title "${named}" needs ${Math.ceil(textWidth(named, title))} px of ${Math.floor(titleRoom)}`);
    const lines = size * 1.2 + (named && !isWide ? title * 1.2 : 0);
    if (panel.options.text && lines > tall) report("too-wide", `tile "${text}" is ${Math.ceil(lines)} px high of ${Math.floor(tall)}`);
  }
}

export function bargauge(report, panel, answers, { language }) {
  emptyText(report, panel, language);
  const [answer] = answers;
  for (const field of tableFields(panel, answer)) {
    if (field.type === "number") emptyColour(report, panel, field.name, field.type, true);
    words(report, field, language);
  }
  if (!panel.options.reduceOptions?.values || !answer.rows.length) return;
  const names = displayValues(panel, answer).map((one) => one.display.title);
  const wanted = answer.rows.map((row) => String(row[0])).slice(0, panel.options.reduceOptions.limit ?? 25);
  if (names.length !== wanted.length || names.some((name, at) => name !== wanted[at]))
    report("bars-unnamed", `bars are called ${[...new Set(names)].slice(0, 3).join(", ")}; expected ${wanted.slice(0, 2).join(", ")} …`);
  // Without a max the longest bar is the largest value; without a min the shortest would be nothing.
  if (tableFields(panel, answer).find((field) => field.type === "number").config.min === undefined) report("no-scale", "bars have no min");
  const high = room(panel).height / Math.max(1, wanted.length);
  if (high < 20) report("rows-beyond", `${wanted.length} bars have ${Math.floor(high)} px each`);
}
