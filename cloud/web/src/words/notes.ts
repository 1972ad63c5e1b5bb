// What the system itself writes into histories, in the language of the page.

import { severityWords } from "./field";
import { percent } from "./format";
import { words } from "./language";

const translate = words({
  rule: ["aturan {rule}: keyakinan {p}, tingkat {s}", "rule {rule}: confidence {p}, severity {s}"],
});
/** As the cloud's tasks write it. */
const RULE = /^rule (\S+): confidence (\d+(?:\.\d+)?), severity (\w+)$/;

/** A note as people read it; what a person wrote stays as it is. */
export function noteWords(note: string): string {
  const [, rule, confidence, severity] = RULE.exec(note) ?? [];
  return rule ? translate("rule", { rule, p: percent(Number(confidence)), s: severityWords(severity) }) : note;
}
