// On a database of which everything is an hour old, nothing may be shown as known.
import { shown, tableFields } from "./grafana.mjs";

const KNOWN = /^(Siaga [1-4]|Tersambung|Online|Melihat|Sees|Aman|All clear)$/;
// What a table, a tile or a map shows of now; a board over time rightly shows what was known then.
export function silence(report, panel, answers) {
  if (!["table", "stat", "geomap", "state-timeline"].includes(panel.type)) return;
  for (const answer of answers) {
    if (panel.type === "state-timeline") lastStates(report, panel, answer);
    else for (const field of tableFields(panel, answer)) known(report, panel, field);
  }
}

function known(report, panel, field) {
  if (!/^(state|stage|kini|now|node_state|camera_state|last_stage_now|strip)$/.test(field.name) && !/^(siaga_[1-4]|online|seeing)$/.test(field.name)) return;
  for (const value of field.values) {
    if (value === null) continue;
    const text = shown(field.display(value));
    if (KNOWN.test(text)) report("silence", `${field.name}: "${text}" an hour after the last message`);
    if (/^(siaga_[1-4]|online|seeing)$/.test(field.name) && Number(value) > 0) report("silence", `${value} of ${field.name} an hour after the last message`);
  }
}

function lastStates(report, panel, answer) {
  const last = new Map(answer.rows.map(([, metric, value]) => [metric, value]));
  for (const [metric, value] of last) {
    const [field] = tableFields(panel, { columns: [{ name: metric, type: "number" }], rows: [[value]] });
    if (KNOWN.test(shown(field.display(value)))) report("silence", `${metric} ends as "${shown(field.display(value))}"`);
  }
}
