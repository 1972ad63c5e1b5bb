// Reads published files and follows them while something is shown of them; several users of a file share its requests.

import { type Signal, signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { ApiError, fetchPublished } from "../api/published";
import type { Stamped } from "./files";
import { EVERY_MS, nextWait, waitAfterReturn } from "./schedule";

/** What is held of a file. `isStored`: it came of what the browser stores for times without a signal. */
export interface Held<T> {
  readonly content: T | null;
  readonly error: ApiError | null;
  readonly isStored: boolean;
}

export type Reading = "off" | "connecting" | "live" | "lost";
/** How reading the files goes, for the sign in the head of the page. */
export const reading = signal<Reading>("off");
/** How much later the server's clock is than that of the device, in milliseconds; what is shown is as old as it says. */
export const skewMillis = signal(0);

const NOTHING: Held<never> = { content: null, error: null, isStored: false };
const followed = new Map<string, File>();

class File {
  readonly held: Signal<Held<Stamped>> = signal(NOTHING);
  users = 0;
  private failures = 0;
  private timer = 0;
  private requestedAt = Number.NEGATIVE_INFINITY;
  private running = false;

  constructor(private readonly name: string) {}

  begin(): void {
    if (reading.value === "off") reading.value = "connecting";
    void this.request();
  }

  end(): void {
    clearTimeout(this.timer);
  }

  /** Requests it after so long, unless something else is sooner. */
  again(wait: number): void {
    clearTimeout(this.timer);
    if (this.users > 0) this.timer = setTimeout(() => void this.request(), wait) as unknown as number;
  }

  /** The page is seen again. Its time may have come meanwhile and passed, as nobody looked. */
  wake(): void {
    const left = EVERY_MS - (performance.now() - this.requestedAt);
    if (left <= 0) void this.request();
    else this.again(left);
  }

  private async request(): Promise<void> {
    if (this.running) return;
    if (document.hidden && this.held.value.content !== null) return;
    this.running = true;
    this.requestedAt = performance.now();
    const isNew = await this.load();
    this.running = false;
    this.failures = isNew ? 0 : this.failures + 1;
    this.again(nextWait(this.failures, Math.random()));
  }

  /** Whether the server answered; what the browser stored meanwhile is shown, but is no answer of the server. */
  private async load(): Promise<boolean> {
    try {
      const { content, isStored, sentAt } = await fetchPublished<Stamped>(this.name, this.held.value.content === null);
      if (!isStored && sentAt !== null) noteClock(sentAt);
      this.hold(content, isStored);
      reading.value = isStored ? "lost" : "live";
      return !isStored;
    } catch (error) {
      const failed = error instanceof ApiError ? error : new ApiError(0, "bug", String(error));
      this.held.value = { ...this.held.value, error: failed };
      if (failed.status !== 404) reading.value = "lost";
      return failed.status === 404;
    }
  }

  /** A cache on the way may answer with an older state than one that is already shown. */
  private hold(content: Stamped, isStored: boolean): void {
    const before = this.held.value.content;
    const isOlder = before !== null && content.generated_at < before.generated_at;
    this.held.value = { content: isOlder ? before : content, error: null, isStored };
  }
}

let isSkewKnown = false;

/** An answer from a cache is of a moment ago: the latest that any answer shows is nearest. */
function noteClock(sentAt: number): void {
  const ahead = sentAt - Date.now();
  if (!isSkewKnown || ahead > skewMillis.value) skewMillis.value = ahead;
  isSkewKnown = true;
}

/** What is known of a file, kept up to date while the component is shown; null: no file. */
export function usePublished<T extends Stamped>(name: string | null): Held<T> {
  // Before the first image, which takes a slow phone a second.
  useLayoutEffect(() => (name === null ? undefined : follow(name)), [name]);
  return name === null ? NOTHING : (fileOf(name).held.value as Held<Stamped> as Held<T>);
}

function fileOf(name: string): File {
  const known = followed.get(name) ?? new File(name);
  followed.set(name, known);
  return known;
}

function follow(name: string): () => void {
  const file = fileOf(name);
  file.users += 1;
  if (file.users === 1) file.begin();
  return () => {
    file.users -= 1;
    if (file.users > 0) return;
    file.end();
    // A page that stays open for weeks must not hold every area that was ever looked at.
    followed.delete(name);
    if (followed.size === 0) reading.value = "off";
  };
}

globalThis.document?.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const file of followed.values()) file.wake();
});
globalThis.addEventListener?.("online", () => {
  for (const file of followed.values()) file.again(waitAfterReturn(Math.random()));
});
