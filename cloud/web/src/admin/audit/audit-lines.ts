// A line of the audit in words: to what it was done, and what is noted with it.

import type { Schemas } from "../../api/client";
import { detailWords, objectWords, translate } from "./words-audit";

type Line = Pick<Schemas["AuditEntry"], "object_kind" | "object_id" | "action" | "details">;
type Details = Readonly<Record<string, unknown>>;

/** `kamera cam-karet`; a whole list is said by how many it held. */
export function objectOf({ object_kind, object_id }: Line): string {
  const users = /^(\d+) users$/.exec(object_id);
  const kind = objectWords(object_kind);
  if (users) return translate("wholeList", { n: users[1] ?? "" });
  if (object_kind === "audit") return kind;
  return object_kind === "officer_position" && object_id === "own" ? translate("ownArea") : `${kind} ${object_id}`;
}

/** What is noted: of a site that was saved, what each field was and is. */
export function detailsOf({ action, details }: Line): string {
  const isChange = action.startsWith("save_") && action !== "save_agency";
  return Object.entries((details ?? {}) as Details)
    .filter(([, value]) => !(Array.isArray(value) ? value.every(isNothing) : isNothing(value)))
    .map(([key, value]) => `${detailWords(key)}: ${isChange ? changeWords(value) : valueWords(value)}`)
    .join("; ");
}

const isNothing = (value: unknown): boolean =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0);

function changeWords(value: unknown): string {
  if (!Array.isArray(value) || value.length !== 2) return valueWords(value);
  return value[0] === null ? valueWords(value[1]) : `${valueWords(value[0])} → ${valueWords(value[1])}`;
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (Array.isArray(value)) return value.map(valueWords).join(", ") || "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
