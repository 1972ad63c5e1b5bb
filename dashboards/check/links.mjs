// Where a link leads: to a board, a panel and a variable that there are, to an alert rule, or to a page that Siaga has.
import { readFileSync } from "node:fs";

const web = new URL("../../cloud/web/src/", import.meta.url);
const source = (file) => readFileSync(new URL(file, web), "utf8");

/** The addresses of the pages, from their own sources. */
function pages() {
  const found = [];
  for (const [below, file] of [["", "app.tsx"], ["/control", "control/pages.tsx"], ["/heads", "heads/pages.tsx"], ["/admin", "admin/pages.tsx"]]) {
    const paths = [...source(file).matchAll(/<Route path="([^"*]*)"/g)].map((one) => `${below}${one[1]}`.replace(/(.)\/$/, "$1"));
    if (!paths.length) throw new Error(`${file}: no route was found`);
    found.push(...paths.map((path) => new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`)));
  }
  return found;
}

/** The parameters that the control room reads: what it opens, by id or by number, and which list it shows. */
function openings() {
  const text = source("control/address.ts");
  return ["KINDS", "NUMBERS"].flatMap((name) => {
    const found = new RegExp(`export const ${name} = \\[([^\\]]*)\\] as const;`).exec(text);
    if (!found) throw new Error(`control/address.ts: no list ${name}`);
    return JSON.parse(`[${found[1]}]`);
  });
}

const known = pages();
const opens = openings();
const lists = /LISTS: readonly List\[\] = \[([^\]]*)\]/.exec(source("control/address.ts"))[1];

function* urls(board) {
  for (const one of board.links ?? []) if (one.url) yield one.url;
  for (const panel of board.panels) {
    for (const found of (panel.options?.content ?? "").matchAll(/<a href="([^"]*)"/g)) yield found[1];
    for (const { properties } of panel.fieldConfig?.overrides ?? [])
      for (const { id, value } of properties) if (id === "links") for (const one of value) yield one.url;
  }
}

/** What is wrong with the links of a board. `boards`: all of them by uid; `rules`: uids of the alert rules. */
export function* links(board, boards, rules) {
  const other = new Set((board.links ?? []).map((one) => one.url)); // the same board in the other language
  for (const url of new Set(urls(board))) {
    const wrong = defect(url, board, boards, rules, other.has(url));
    if (wrong) yield `${url}: ${wrong}`;
  }
}

function defect(url, board, boards, rules, isOther) {
  const [path, search = ""] = url.replace("${siaga}", "").split("?");
  const query = new URLSearchParams(search.replace(/\$\{[^}]*\}/g, "1"));
  if (path.startsWith("/d/")) return ofBoard(path.slice(3), query, board, boards, isOther);
  if (path.startsWith("/alerting/")) return rules.has(/^\/alerting\/grafana\/([^/]+)\/view$/.exec(path)?.[1]) ? "" : "no such alert rule";
  if (!url.startsWith("${siaga}/")) return "neither a board, a rule nor a page of Siaga";
  if (!known.some((page) => page.test(path.replace(/\$\{[^}]*\}/g, "1")))) return "no page has this address";
  if (path !== "/control") return "";
  for (const [name, value] of query)
    if (!opens.includes(name) && !(name === "list" && lists.includes(`"${value}"`))) return `the control room does not read ${name}=${value}`;
  return "";
}

function ofBoard(uid, query, board, boards, isOther) {
  const target = boards.get(uid);
  if (!target) return "no such board";
  const isEnglish = (one) => one.tags.includes("siaga-en");
  if (!isOther && isEnglish(target) !== isEnglish(board)) return "a board of the other language";
  for (const [name, value] of query) {
    if (name === "viewPanel" && !target.panels.some((panel) => String(panel.id) === value)) return `no panel ${value}`;
    if (name.startsWith("var-") && !target.templating.list.some((one) => `var-${one.name}` === name)) return `no variable ${name}`;
  }
  return "";
}

/** Whether a number leads to what is behind it: each of a tile, one column of a table. `fields`: those that are shown. */
export function leads(kind, fields) {
  const linked = fields.map((field) => Boolean(field.config.links?.length));
  return kind === "stat" ? linked.every(Boolean) : linked.some(Boolean);
}
