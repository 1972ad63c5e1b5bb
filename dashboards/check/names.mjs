// Uids and titles that are there twice: Grafana refuses a folder that is called as a board is.
import { readFileSync, readdirSync } from "node:fs";

export function* names(folder, boards) {
  const access = JSON.parse(readFileSync(`${folder}/access.json`, "utf8"));
  const all = [...access.folders.map((one) => ["folder", one.uid, one.title]), ...boards.map((one) => ["board", one.uid, one.title])];
  for (const at of [1, 2]) {
    const seen = new Map();
    for (const one of all) {
      const key = one[at].toLowerCase();
      if (seen.has(key)) yield `${seen.get(key)} and ${one[0]} are both called ${one[at]}`;
      seen.set(key, one[0]);
    }
  }
  const known = new Set(access.folders.map((one) => one.title));
  for (const { folder: title } of groups(folder)) {
    if (!known.has(title)) yield `rules are in a folder ${title}, which nobody makes`;
    if (boards.some((one) => one.title === title)) yield `rules are in a folder that is called as the board ${title}`;
  }
}

const groups = (folder) =>
  readdirSync(`${folder}/alerting`).flatMap((name) => JSON.parse(readFileSync(`${folder}/alerting/${name}`, "utf8")).groups);

export const alertRules = (folder) => groups(folder).flatMap((group) => group.rules);
