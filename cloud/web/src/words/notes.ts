// What the system itself writes into histories, in the language of the page.

import { severityWords } from "./field";
import { percent } from "./format";
import { words } from "./language";

const translate = words({
  rule: ["menurut kebijakan kota: keyakinan {p}, tingkat {s}", "by the city's policy: confidence {p}, severity {s}"],
});
/** As the cloud's tasks write it. */
const RULE = /^rule \S+: confidence (\d+(?:\.\d+)?), severity (\w+)$/;

/** A note as people read it; what a person wrote stays as it is. */
export function noteWords(note: string): string {
  const [, confidence, severity] = RULE.exec(note) ?? [];
  return confidence ? translate("rule", { p: percent(Number(confidence)), s: severityWords(severity) }) : note;
}
