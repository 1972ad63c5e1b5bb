// Short notes that come and go by themselves; read out, and never the only place where something is said.

import { signal } from "@preact/signals";
import type { VNode } from "preact";

type Kind = "plain" | "good" | "warn" | "bad";
interface Toast {
  readonly id: number;
  readonly text: string;
  readonly kind: Kind;
}

const SHOWN_MS = 6_000;
const MOST = 3;
let last = 0;
const toasts = signal<readonly Toast[]>([]);

export function toast(text: string, kind: Kind = "plain"): void {
  last += 1;
  const id = last;
  toasts.value = [...toasts.value, { id, text, kind }].slice(-MOST);
  setTimeout(() => {
    toasts.value = toasts.value.filter((one) => one.id !== id);
  }, SHOWN_MS);
}

export function Toasts(): VNode {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((one) => (
        <div key={one.id} class={`banner ${one.kind}`}>
          {one.text}
        </div>
      ))}
    </div>
  );
}
