// A clock that what is shown can lean on: "3 minutes ago" must grow old by itself.

import { signal } from "@preact/signals";

const TICK_MS = 10_000;

export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, TICK_MS);
