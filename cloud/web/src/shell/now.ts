// A clock that what is shown can lean on: "3 minutes ago" must grow old by itself.

import { signal } from "@preact/signals";

const TICK_MS = 10_000;

export const now = signal(Date.now());

let isHeld = false;

setInterval(() => {
  if (!document.hidden && !isHeld) now.value = Date.now();
}, TICK_MS);

/** Stops the clock at a past time, from which "3 minutes ago" is counted then; null lets it go on. */
export function holdTimeAt(at: number | null): void {
  isHeld = at !== null;
  now.value = at ?? Date.now();
}
