// Why something did not work, in words of the language that is spoken.

import { ApiError } from "../api/client";
import { translate } from "../words/field";

/** Errors of the browser come by name; their own text is English and speaks to programmers. */
export function failureWords(error: unknown): string {
  if (error instanceof ApiError) return error.isUnreachable ? translate("needsSignal") : error.message;
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "QuotaExceededError") return translate("storageFull");
  if (name === "InvalidStateError" || name === "EncodingError") return translate("unreadablePhoto");
  return `${translate("notDone")} (${String(error)})`;
}
