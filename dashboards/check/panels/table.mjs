// Tables: what a cell shows, whether it has room, whether all rows are seen.
import { room, shown, shownFields, textWidth } from "../grafana.mjs";
import { emptyColour, emptyText, words } from "./common.mjs";

const CELL = 2 * 6 + 1;
const HEADER = 36; // 28 to 36, by version
const ROW = { sm: 36, md: 42, lg: 48 };
const LEAST = 50;
const GAUGE = 60; // a bar needs this beside its number

export const visibleRows = (panel) => Math.floor((room(panel).height - HEADER) / ROW[panel.options?.cellHeight ?? "sm"]);

export function table(report, panel, answers, { language, isWall }) {
  const answer = answers[0];
  const fields = shownFields(panel, answer);
  emptyText(report, panel, language);
  const free = fields.filter((field) => !field.config.custom.width);
  const fixed = fields.reduce((sum, field) => sum + (field.config.custom.width ?? 0), 0);
  const share = free.length ? (room(panel).width - fixed) / free.length : 0;
  const total = fixed + free.reduce((sum, field) => sum + Math.max(share, field.config.custom.minWidth ?? LEAST), 0);
  if (total > room(panel).width + 1) report("too-wide", `columns need ${Math.round(total)} px of ${Math.round(room(panel).width)}`);
  for (const field of fields) {
    const kind = field.config.custom.cellOptions?.type ?? "auto";
    const width = field.config.custom.width ?? Math.max(share, LEAST);
    emptyColour(report, panel, field.name, field.type, ["color-background", "color-text", "gauge"].includes(kind));
    words(report, field, language);
    scale(report, field, kind);
    if (!field.config.custom.hideHeader) fits(report, field.config.displayName ?? field.name, width, 500, `header of ${field.name}`);
    if (kind === "image") continue;
    const extra = kind === "gauge" ? GAUGE : 0;
    for (const value of new Set(field.values)) fits(report, shown(field.display(value)), width - extra, 400, field.name);
  }
  const rows = answer.rows.length;
  if (isWall && rows > visibleRows(panel)) report("rows-beyond", `${rows} rows, room for ${visibleRows(panel)}`);
  else if (isWall && rows === visibleRows(panel) && !/\$\{/.test(panel.title)) report("rows-uncounted", "full, and the title does not state how many there are");
}

function fits(report, text, width, weight, where) {
  const needed = textWidth(text, 14, weight) + CELL;
  if (needed > width) report("too-wide", `${where}: "${text}" needs ${Math.ceil(needed)} px of ${Math.floor(width)}`);
}

function scale(report, field, kind) {
  if (kind === "gauge" && (field.config.min === undefined || field.config.max === undefined)) report("no-scale", `bars of ${field.name} have no min and max`);
}
