// The control room by keys. A key presses the button that does the same, so that it can do no more than the page offers.

import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { Dialog } from "../parts/dialog";
import { undoNewest } from "../parts/toasts";
import { replay } from "./replay/replay";
import { translate } from "./words";

/** Where letters are letters. */
const WRITES = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog";
const PRESSES: Readonly<Record<string, string>> = {
  c: "#confirm",
  f: "#false-alarm",
  d: "#dispatch",
};
const HELP = [
  ["j", "keyNext"],
  ["k", "keyPrevious"],
  ["Enter", "keyOpen"],
  ["x", "keyPick"],
  ["c", "keyConfirm"],
  ["f", "keyFalse"],
  ["d", "keyDispatch"],
  ["u", "keyUndo"],
  ["/", "keySearch"],
  ["Esc", "keyLeave"],
  ["?", "keyHelp"],
] as const;

const isOpen = signal(false);
const setOpen = (open: boolean): void => {
  isOpen.value = open;
};

/** Listens as long as the control room is shown, and lists the keys on request. */
export function Keys(): VNode | null {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest?.(WRITES)) return;
      const isHelp = event.key === "?";
      if (isHelp) setOpen(true);
      if (isHelp || act(event.key)) event.preventDefault();
    };
    document.addEventListener("keydown", press);
    return () => {
      document.removeEventListener("keydown", press);
      setOpen(false);
    };
  }, []);
  if (!isOpen.value) return null;
  return (
    <Dialog title={translate("keys")} onClose={() => setOpen(false)}>
      <dl class="facts keys">
        {HELP.map(([key, words]) => (
          <>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{translate(words)}</dd>
          </>
        ))}
      </dl>
    </Dialog>
  );
}

export function KeysButton(): VNode {
  return (
    <button
      type="button"
      class="button plain square"
      id="keys"
      aria-haspopup="dialog"
      aria-label={translate("keys")}
      onClick={() => setOpen(true)}
    >
      ?
    </button>
  );
}

/** Whether the key meant something here and now. */
function act(key: string): boolean {
  if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
  if (key === "u") return replay.value === null && undoNewest();
  if (key === "x") return pickFocused();
  if (key === "/") return focusOn(document.getElementById("search"));
  const selector = PRESSES[key];
  const button = selector ? document.querySelector<HTMLButtonElement>(`${selector}:not(:disabled)`) : null;
  button?.click();
  return button !== null;
}

const rowsOf = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("#queue button")];

/** From the row that has the focus, else from the one that is open. */
function step(by: number): boolean {
  const rows = rowsOf();
  const focused = rows.indexOf(document.activeElement as HTMLElement);
  const from = focused >= 0 ? focused : rows.findIndex((row) => row.getAttribute("aria-pressed") === "true");
  const at = from < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, from + by));
  return focusOn(rows[at]);
}

function focusOn(one: HTMLElement | null | undefined): boolean {
  one?.focus();
  one?.scrollIntoView({ block: "nearest" });
  return Boolean(one);
}

function pickFocused(): boolean {
  const box = document.activeElement?.closest("#queue li")?.querySelector<HTMLInputElement>("input");
  box?.click();
  return Boolean(box);
}
