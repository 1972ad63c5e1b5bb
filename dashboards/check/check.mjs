// `node check.mjs GENERATED ANSWERS`: what a person in front of the wall would find wrong, as lines of KIND, board, panel, text.
import { readdirSync, readFileSync } from "node:fs";
import { name } from "./language.mjs";
import { alertRules, names } from "./names.mjs";
import { geomap } from "./panels/map.mjs";
import { table } from "./panels/table.mjs";
import { bargauge, stat } from "./panels/tiles.mjs";
import { stateTimeline, timeseries } from "./panels/time.mjs";
import { speak, units } from "./panels/common.mjs";
import { options } from "./options.mjs";
import { silence } from "./silence.mjs";
import { addresses } from "./addresses.mjs";
import { leads, links } from "./links.mjs";
import { shownFields } from "./grafana.mjs";

const [folder, answersFile, silent = "silent"] = process.argv.slice(2);
const KINDS = { table, stat, bargauge, geomap, timeseries, "state-timeline": stateTimeline };
const NUMBERS = new Set(["stat", "table", "bargauge"]);
const WALL_ROWS = 28;
const found = new Set();
const add = (kind, board, panel, text) => found.add(`${kind}\t${board}\t${panel}\t${text}`);

const boards = readdirSync(`${folder}/dashboards`, { withFileTypes: true })
  .filter((one) => one.isDirectory())
  .flatMap((one) => readdirSync(`${folder}/dashboards/${one.name}`).map((name) => JSON.parse(readFileSync(`${folder}/dashboards/${one.name}/${name}`, "utf8"))));
const { now, proper, databases } = JSON.parse(readFileSync(answersFile, "utf8"));

// Before boards had the tag of a wall, the folder of the city held them.
const isWallBoard = (board) => board.tags.includes("siaga-wall") || board.tags.includes("siaga-city");
proper.forEach(name);
const byUid = new Map(boards.map((board) => [board.uid, board]));
const rules = new Set(alertRules(folder).map((rule) => rule.uid));
for (const board of boards) {
  const language = board.tags.includes("siaga-en") ? "en" : "id";
  const isWall = isWallBoard(board);
  const rows = Math.max(...board.panels.map((panel) => panel.gridPos.y + panel.gridPos.h));
  if (isWall && rows > WALL_ROWS) add("wall-height", board.uid, "", `${rows} rows, a screen has ${WALL_ROWS}`);
  if (isWall && board.panels.some((panel) => panel.type === "row" || panel.repeat)) add("wall-height", board.uid, "", "rows or repeated panels");
  for (const text of addresses(board)) add("outside", board.uid, "", text);
  for (const text of links(board, byUid, rules)) add("dead-link", board.uid, "", text);
  for (const panel of board.panels) {
    const of = panel.title || `${panel.type} ${panel.id}`;
    const report = (kind, text) => add(kind, board.uid, of, text);
    units(report, panel);
    options(report, panel);
    if (panel.title) speak(report, panel.title.replace(/\$\{[^}]*\}/g, ""), language, "title");
    if (!panel.description) report("no-description", "");
    else speak(report, panel.description, language, "description");
    if (panel.datasource && !/^\$\{/.test(panel.datasource.uid)) report("fixed-source", panel.datasource.uid);
    if (panel.type === "text") speak(report, panel.options.content.replace(/<[^>]*>|\$\{[^}]*\}/g, " "), language, "text");
    const show = KINDS[panel.type];
    if (!show) continue;
    for (const [database, of_board] of Object.entries(databases)) {
      const answers = of_board[board.uid]?.[panel.id];
      if (!answers) throw new Error(`${board.uid}, ${of}: no answers of ${database}`);
      if (database === silent) silence(report, panel, answers);
      if (NUMBERS.has(panel.type) && !leads(panel.type, shownFields(panel, answers[0]))) report("no-link", "leads to no board or page behind it");
      show(report, panel, answers, { language, isWall, now });
    }
  }
}
for (const text of names(folder, boards)) add("name-twice", "", "", text);
process.stdout.write([...found].sort().map((line) => `${line}\n`).join(""));
