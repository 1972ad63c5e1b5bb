// Passes an address on: by what the device offers, else by the clipboard.

import type { VNode } from "preact";
import { words } from "../words/language";
import { Icon } from "./icons";
import { toast } from "./toasts";

const translate = words({
  copied: ["Tautan disalin.", "The link was copied."],
  copiedText: ["Teks dan tautan disalin.", "The text and the link were copied."],
  notCopied: ["Tidak dapat disalin: {url}", "It cannot be copied: {url}"],
});

/** `text` is sent with the address, where there is one. */
export function ShareButton({ path, label, text }: { path: string; label: string; text?: string }): VNode {
  return (
    <button type="button" class="button" onClick={() => void share(new URL(path, location.href).href, text)}>
      <Icon name="share" />
      {label}
    </button>
  );
}

async function share(url: string, text: string | undefined): Promise<void> {
  if (navigator.share) {
    await navigator.share(text === undefined ? { url } : { url, text }).catch(() => null);
    return;
  }
  try {
    await navigator.clipboard.writeText(text === undefined ? url : `${text} ${url}`);
    toast(translate(text === undefined ? "copied" : "copiedText"), "good");
  } catch {
    toast(translate("notCopied", { url }), "bad");
  }
}
