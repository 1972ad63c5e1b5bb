// Short notes that come and go by themselves; read out, and never the only place where something is said. One about a deed
// that can be undone has the button for it, and stays longer.

import { signal } from "@preact/signals";
import type { VNode } from "preact";

type Kind = "plain" | "good" | "warn" | "bad";
interface Undoing {
  readonly words: string;
  readonly run: () => void;
}
interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: Kind;
  readonly undo: Undoing | null;
}

const SHOWN_MS = 6_000;
const UNDO_MS = 15_000;
const MOST = 3;
let last = 0;
const toasts = signal<readonly Toast[]>([]);

export function toast(text: string, kind: Kind = "plain", undo: Undoing | null = null): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value, { id, text, kind, undo }].slice(-MOST);
  setTimeout(() => leave(id), undo ? UNDO_MS : SHOWN_MS);
}

function leave(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

function undo({ id, undo: undoing }: Toast): void {
  leave(id);
  undoing?.run();
}

/** Undoes the newest deed whose note is still there; whether there was one. */
export function undoNewest(): boolean {
  const newest = toasts.value.filter((one) => one.undo !== null).pop();
  if (newest) undo(newest);
  return newest !== undefined;
}

export function Toasts(): VNode {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <div key={one.id} class={`banner ${one.kind}`}>
          <span class="grow">{one.text}</span>
          {one.undo ? (
            <button type="button" class="button" data-undo onClick={() => undo(one)}>
              {one.undo.words}
            </button>
          ) : null}
        </div>
      ))}
    </div>
  );
}
