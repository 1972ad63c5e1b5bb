// The kelurahan that somebody called theirs; it stays in this browser.

import { signal } from "@preact/signals";

const KEY = "siaga-my-area";

export const myArea = signal<string | null>(globalThis.localStorage?.getItem(KEY) ?? null);

export function rememberArea(id: string | null): void {
  myArea.value = id;
  if (id === null) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, id);
}
