// After an upgrade of the server the parts of an older page are gone: it loads itself anew, once, and says so. Where
// that would not help (no signal, the server away) it stays as it is and says what is missing.

import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { Banner } from "../parts/layout";
import { toast } from "../parts/toasts";
import { translate } from "../words/field";
import { isOther, isTooSoon } from "./version";

const RENEWED_AT = "siaga-renewed-at";
const ANNOUNCE_KEY = "siaga-renewed";
const lacksPart = signal(false);

/** Call once, before anything is drawn. */
export function watchForRenewal(): void {
  addEventListener("vite:preloadError", () => void renew());
  if (sessionStorage.getItem(ANNOUNCE_KEY) === null) return;
  sessionStorage.removeItem(ANNOUNCE_KEY);
  toast(translate("renewed"));
}

async function renew(): Promise<void> {
  const last = Number(sessionStorage.getItem(RENEWED_AT) ?? 0);
  if (isTooSoon(last, Date.now()) || !(await isUpgraded())) {
    lacksPart.value = true;
    return;
  }
  sessionStorage.setItem(RENEWED_AT, String(Date.now()));
  sessionStorage.setItem(ANNOUNCE_KEY, "");
  location.reload();
}

/** Whether the server has other pages now than this one. */
async function isUpgraded(): Promise<boolean> {
  const own = document.querySelector<HTMLScriptElement>("script[type=module][src]")?.getAttribute("src") ?? "";
  try {
    const answer = await fetch("/", { cache: "no-store" });
    return answer.ok && isOther(await answer.text(), own);
  } catch {
    return false;
  }
}

/** Over the page of which a part could not be fetched. */
export function LacksPart(): VNode | null {
  if (!lacksPart.value) return null;
  return (
    <Banner kind="bad" icon="warning">
      <p>{translate("lacksPart")}</p>
      <p>
        <button type="button" class="button" onClick={() => location.reload()}>
          {translate("reload")}
        </button>
      </p>
    </Banner>
  );
}
