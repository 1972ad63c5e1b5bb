// Lines and states over time.
import { configOf, fieldOf, room, seriesOf, shown } from "../grafana.mjs";
import { emptyText, speak } from "./common.mjs";

const MOST_LINES = 10;

export function stateTimeline(report, panel, answers, { language, now }) {
  emptyText(report, panel, language);
  const series = seriesOf(answers[0]);
  for (const [metric, points] of series) {
    const values = points.filter(([, value]) => value !== null);
    const last = values.at(-1)?.[0];
    if (last === undefined || now - last > 90_000) report("timeline-ends", `row ${metric} ends ${last ? Math.round((now - last) / 60000) : "?"} minutes before now`);
    const config = configOf(panel, metric);
    if (series.size > 1 && config.custom?.spanNulls !== true) report("timeline-gaps", `row ${metric}: spanNulls is not set, each change of another row is a gap`);
    const field = fieldOf(panel, metric, "number", values.map(([, value]) => value));
    for (const mapping of field.config.mappings ?? []) for (const one of Object.values(mapping.options)) if (one.text) speak(report, one.text, language, "state");
    for (const value of new Set(field.values)) if (shown(field.display(value)) === String(value)) report("unworded", `${metric}: ${value}`);
  }
  const high = room(panel).height / Math.max(1, series.size);
  if (high < 14) report("rows-beyond", `${series.size} rows have ${Math.floor(high)} px each`);
}

export function timeseries(report, panel, answers, { language }) {
  emptyText(report, panel, language);
  const unit = panel.fieldConfig?.defaults?.unit ?? "";
  const names = new Set(answers.flatMap((answer) => [...seriesOf(answer).keys()]));
  for (const name of names) {
    const config = configOf(panel, name);
    const label = config.displayName ?? name;
    if (config.displayName) speak(report, label, language, "series");
    else if (/^[a-z_]+$/.test(name)) report("unworded", `series ${name}`);
  }
  if (names.size > MOST_LINES) report("shared-axis", `${names.size} lines in one panel`);
  const levels = [...seriesOf(answers[0] ?? { rows: [] }).keys()];
  if (/cm$/.test(unit) && levels.length > 1) report("shared-axis", `levels of ${levels.length} gauges share an axis`);
  const defaults = panel.fieldConfig?.defaults ?? {};
  if (unit === "percentunit" && (defaults.min !== 0 || defaults.max !== 1)) report("percent-axis", "a share without min 0 and max 1: empty, its axis goes to 10000 %");
  const probe = fieldOf(panel, [...names][0] ?? "value", "number", [0, 3, 90, 7200, 200000]);
  for (const value of probe.values) speak(report, shown(probe.display(value)), language, "axis");
}
