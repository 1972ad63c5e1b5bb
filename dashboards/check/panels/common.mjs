// What is checked of any field.
import { fieldOf, getValueFormats, isNeutral, shown } from "../grafana.mjs";
import { foreign } from "../language.mjs";

const UNITS = new Set(getValueFormats().flatMap((group) => (group.options ?? group.submenu).map((one) => one.value)));
const OWN = /^(suffix|prefix|time|si|count|currency|bool):\S/;
// Texts of these are what a person or a place is called, or are written in the words of the database.
export const NAMES = /^(name|area_name|parent_name|agency_name|river|downstream|place|officer|channel|reason|software|task|queue|stream|node_id|outbox_id|software|metric|version|key|table|number|snapshot|topic|kecamatan|kelurahan|agency)$/;

export function units(report, panel) {
  const wanted = [panel.fieldConfig?.defaults?.unit, ...(panel.fieldConfig?.overrides ?? []).flatMap((one) => one.properties.filter((p) => p.id === "unit").map((p) => p.value))];
  for (const unit of wanted) if (unit && !UNITS.has(unit) && !OWN.test(unit)) report("unknown-unit", `unit ${unit}`);
}

/** A missing value must be grey: where the field shows colours, whatever the answers of today are. */
export function emptyColour(report, panel, name, type, isColoured) {
  if (!isColoured) return;
  const display = fieldOf(panel, name, type === "time" ? "number" : type, [null]).display(null);
  if (!isNeutral(display.color)) report("null-coloured", `${name}: an empty value is ${display.color}`);
}

/** Texts of a field: in the board's language, and every code in words. */
export function words(report, field, language) {
  const isName = NAMES.test(field.name);
  const title = field.config.displayName;
  if (title) speak(report, title, language, `title of ${field.name}`);
  const mapped = (field.config.mappings ?? []).filter((one) => one.type === "value");
  for (const mapping of mapped) for (const one of Object.values(mapping.options)) if (one.text) speak(report, one.text, language, `word of ${field.name}`);
  for (const value of new Set(field.values)) {
    if (value === null) continue;
    const text = shown(field.display(value));
    const isWorded = mapped.some((one) => String(value) in one.options);
    if (field.type === "string" && mapped.length && !isWorded && text === value) report("unworded", `${field.name}: ${value}`);
    if (field.type !== "string" || (!isName && !isWorded)) speak(report, text, language, `value of ${field.name}`);
  }
}

export function speak(report, text, language, where) {
  const found = foreign(text, language);
  if (found.length) report("other-language", `${where}: "${text}" (${found.join(", ")})`);
}

/** What is drawn where nothing was answered. */
export function emptyText(report, panel, language) {
  const text = panel.fieldConfig?.defaults?.noValue ?? "No data";
  if (text === "No data" || foreign(text, language).length) report("other-language", `nothing answered: "${text}"`);
}
