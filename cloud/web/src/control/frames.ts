// Pictures of cameras as they come: the newest of each is asked for again and again while somebody looks.

import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client";

interface Still {
  readonly url: string;
  readonly takenAt: string;
}
/** null: not asked yet; "none": no picture now. */
export type StillState = Still | "none" | null;

/** The server asks a box at most once a minute, however many look. */
const STILLS_MS = 60_000;
export const CALM_MS = 10_000;
export const LIVE_MS = 400;

/** The newest picture of a camera while the component is shown; the one before is let go. */
export function useFrame(id: string, everyMs: number): StillState {
  const [still, setStill] = useState<StillState>(null);
  useEffect(() => {
    const watching = new AbortController();
    let held = "";
    let tag = "";
    let timer = 0;
    const show = (next: StillState): void => {
      if (held) URL.revokeObjectURL(held);
      held = typeof next === "object" && next ? next.url : "";
      setStill(next);
    };
    const turn = async (): Promise<void> => {
      if (!document.hidden) {
        const found = await fetchFrame(id, tag, watching.signal).catch(() => null);
        if (watching.signal.aborted) return;
        if (found) {
          tag = found.tag;
          show(found.still);
        }
      }
      timer = setTimeout(turn, everyMs) as unknown as number;
    };
    void turn();
    return () => {
      watching.abort();
      clearTimeout(timer);
      if (held) URL.revokeObjectURL(held);
    };
  }, [id, everyMs]);
  return still;
}

/** null where nothing is new. */
async function fetchFrame(
  id: string,
  tag: string,
  signal: AbortSignal,
): Promise<{ still: Still | "none"; tag: string } | null> {
  const answer = await fetch(`/api/v1/cameras/${encodeURIComponent(id)}/frame`, {
    headers: tag ? { "If-None-Match": tag } : {},
    cache: "no-store",
    signal,
  });
  if (answer.status === 304) return null;
  if (!answer.ok) return { still: "none", tag: "" };
  const url = URL.createObjectURL(await answer.blob());
  return { still: { url, takenAt: answer.headers.get("siaga-taken-at") ?? "" }, tag: answer.headers.get("etag") ?? "" };
}

/** Has the boxes of these cameras send a new still each minute while the component is shown. */
export function useStills(ids: readonly string[]): void {
  const key = ids.join();
  useEffect(() => {
    if (!key) return;
    const ask = (): void => {
      if (!document.hidden)
        void api.POST("/api/v1/camera-snapshots", { body: { cameras: key.split(",") } }).catch(() => {});
    };
    ask();
    const timer = setInterval(ask, STILLS_MS);
    return () => clearInterval(timer);
  }, [key]);
}
