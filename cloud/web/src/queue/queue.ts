// The queue as pages see it: what waits, and when it is tried again.

import { signal } from "@preact/signals";
import { reloadCity } from "../live/city";
import { flush } from "./send";
import { type Item, drop as remove, save, waiting } from "./store";

const FIRST_AGAIN_MS = 5_000;
const LAST_AGAIN_MS = 120_000;
const MOST_LOOK_MS = 4_000;

/** What waits on this device, the oldest first, without positions. */
export const queued = signal<readonly Item[]>([]);
/** Counts up whenever something was sent, for pages that should look anew. */
export const sentTimes = signal(0);

let wait = FIRST_AGAIN_MS;
let timer = 0;
let running: Promise<void> | null = null;

export async function enqueue(item: Item): Promise<void> {
  await save(item);
  await look();
  void sendNow();
  await requestSync();
}

/** Takes back what was refused, or what should not be sent after all. */
export async function discard(ids: readonly string[]): Promise<void> {
  await remove(ids);
  await look();
  void sendNow();
}

/** Tries what was refused once more. */
export async function retry(item: Item): Promise<void> {
  const { refused: _, refusedCode: __, ...again } = item;
  await save(again as Item);
  await sendNow();
}

/** Sends what can be sent; tries again later, and later still, while something waits. */
export function sendNow(): Promise<void> {
  running ??= attempt().finally(() => {
    running = null;
  });
  return running;
}

async function attempt(): Promise<void> {
  clearTimeout(timer);
  const isEmpty = await flush().catch(() => false);
  await look();
  wait = isEmpty ? FIRST_AGAIN_MS : Math.min(LAST_AGAIN_MS, wait * 2);
  if (!isEmpty) timer = setTimeout(() => void sendNow(), wait * (0.5 + Math.random() / 2)) as unknown as number;
}

/** What was sent counts here until the server's word of it has come: else a task would step back for a moment. */
async function look(): Promise<void> {
  if ((await stored()).length < queued.value.length) {
    sentTimes.value += 1;
    await Promise.race([reloadCity(), new Promise((done) => setTimeout(done, MOST_LOOK_MS))]);
  }
  queued.value = await stored();
}

const stored = async (): Promise<Item[]> => (await waiting()).filter((one) => one.kind !== "position");

/** Where the browser can, it sends even after the page was closed. */
async function requestSync(): Promise<void> {
  const registration = (await navigator.serviceWorker?.getRegistration()) as
    | (ServiceWorkerRegistration & { readonly sync?: { register: (tag: string) => Promise<void> } })
    | undefined;
  await registration?.sync?.register("queue").catch(() => null);
}

/** Begins to watch: called once by main.tsx. */
export function startQueue(): void {
  void look().then(sendNow);
  addEventListener("online", () => {
    wait = FIRST_AGAIN_MS;
    void sendNow();
  });
  navigator.serviceWorker?.addEventListener("message", (event) => {
    if (event.data === "sent") void look();
  });
}
