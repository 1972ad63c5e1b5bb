// Names of options in overrides, against the types of the pinned version.
import { readFileSync } from "node:fs";

const types = readFileSync(new URL("node_modules/@grafana/schema/dist/types/common/common.gen.d.ts", import.meta.url), "utf8");
const STANDARD = new Set(["displayName", "unit", "decimals", "min", "max", "mappings", "thresholds", "color", "links", "noValue", "filterable", "description", "actions", "fieldMinMax"]);
const CONFIG = { table: "TableFieldOptions", timeseries: "GraphFieldConfig", "state-timeline": ["AxisConfig", "HideableFieldConfig"] };

function fieldsOf(name) {
  const found = new RegExp(`export interface ${name}( extends ([^{]*))? \\{\\n([\\s\\S]*?)\\n\\}`).exec(types);
  if (!found) throw new Error(`no type ${name} in @grafana/schema`);
  const own = [...found[3].matchAll(/^ {4}(\w+)\??:/gm)].map((one) => one[1]);
  return [...own, ...(found[2] ?? "").split(",").map((one) => one.trim()).filter(Boolean).flatMap(fieldsOf)];
}
const known = new Map();
for (const [kind, name] of Object.entries(CONFIG)) known.set(kind, new Set([].concat(name).flatMap(fieldsOf)));
for (const extra of ["lineWidth", "fillOpacity", "spanNulls"]) known.get("state-timeline").add(extra); // its own type, and what its code reads

export function options(report, panel) {
  const named = [
    ...Object.keys(panel.fieldConfig?.defaults?.custom ?? {}).map((name) => `custom.${name}`),
    ...(panel.fieldConfig?.overrides ?? []).flatMap((one) => one.properties.map((property) => property.id)),
  ];
  for (const name of new Set(named)) {
    const [head, first] = name.split(".");
    const is = head === "custom" ? known.get(panel.type)?.has(first) : STANDARD.has(head);
    if (!is) report("unknown-option", name);
  }
}
