// What the server refuses, by its code: `type` of the problem, `code` of a service's reason, `code` of a field's fault.
// Each file of this folder has the words of one subject. tests/unit/cloud_http/test_refusal_words.py holds them to the
// server's source: a code without words fails it, and so does one that two files have.

import type { Pair, Params } from "../language";
import { language } from "../language";
import { ABSENT_REFUSALS } from "./absent";
import { FIELD_REFUSALS } from "./fields";
import { INCIDENT_REFUSALS } from "./incidents";
import { PEOPLE_REFUSALS } from "./people";
import { PROOF_REFUSALS } from "./proofs";
import { REPORT_REFUSALS } from "./reports";
import { REQUEST_REFUSALS } from "./requests";
import { SIGN_IN_REFUSALS } from "./signIn";
import { SITE_REFUSALS } from "./sites";
import { SUBSCRIPTION_REFUSALS } from "./subscriptions";

const TABLE: Readonly<Record<string, Pair>> = {
  ...REQUEST_REFUSALS,
  ...SIGN_IN_REFUSALS,
  ...ABSENT_REFUSALS,
  ...SITE_REFUSALS,
  ...INCIDENT_REFUSALS,
  ...PROOF_REFUSALS,
  ...REPORT_REFUSALS,
  ...PEOPLE_REFUSALS,
  ...SUBSCRIPTION_REFUSALS,
  ...FIELD_REFUSALS,
};

/** The words of a code, or null where it is not known: then what the server says is shown. */
export function refusal(code: string | undefined, params: Params = {}): string | null {
  const pair = TABLE[(code ?? "").replaceAll("-", "_")];
  if (!pair) return null;
  const text = pair[language.value === "en" ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? "…"));
}

/** Why something queued was refused: in the language of the page where its code is known, else as the server said it. */
export function refusedWords(item: { readonly refused?: string; readonly refusedCode?: string }): string {
  return refusal(item.refusedCode) ?? item.refused ?? "";
}
