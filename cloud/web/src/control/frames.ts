// Snapshots of cameras as they come: the newest of each is requested again and again while somebody looks.

import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client";

interface Snapshot {
  readonly url: string;
  readonly capturedAt: string;
}
/** null: not requested yet; "none": no image now. */
export type SnapshotState = Snapshot | "none" | null;

/** The server sends the request to a node at most once a minute, however many look. */
const SNAPSHOTS_MS = 60_000;
export const CALM_MS = 10_000;
export const LIVE_MS = 400;

/** The newest snapshot of a camera while the component is shown; the one before is let go. */
export function useFrame(id: string, everyMs: number): SnapshotState {
  const [snapshot, setSnapshot] = useState<SnapshotState>(null);
  useEffect(() => {
    const watching = new AbortController();
    let held = "";
    let tag = "";
    let timer = 0;
    const show = (next: SnapshotState): void => {
      if (held) URL.revokeObjectURL(held);
      held = typeof next === "object" && next ? next.url : "";
      setSnapshot(next);
    };
    const turn = async (): Promise<void> => {
      if (!document.hidden) {
        const found = await fetchFrame(id, tag, watching.signal).catch(() => null);
        if (watching.signal.aborted) return;
        if (found) {
          tag = found.tag;
          show(found.snapshot);
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
  return snapshot;
}

/** null where nothing is new. */
async function fetchFrame(
  id: string,
  tag: string,
  signal: AbortSignal,
): Promise<{ snapshot: Snapshot | "none"; tag: string } | null> {
  const answer = await fetch(`/api/v1/cameras/${encodeURIComponent(id)}/frame`, {
    headers: tag ? { "If-None-Match": tag } : {},
    cache: "no-store",
    signal,
  });
  if (answer.status === 304) return null;
  if (!answer.ok) return { snapshot: "none", tag: "" };
  const url = URL.createObjectURL(await answer.blob());
  return {
    snapshot: { url, capturedAt: answer.headers.get("siaga-taken-at") ?? "" },
    tag: answer.headers.get("etag") ?? "",
  };
}

/** Has the nodes of these cameras send a new snapshot each minute while the component is shown. */
export function useSnapshots(ids: readonly string[]): void {
  const key = ids.join();
  useEffect(() => {
    if (!key) return;
    const requestSnapshots = (): void => {
      if (!document.hidden)
        void api.POST("/api/v1/camera-snapshots", { body: { cameras: key.split(",") } }).catch(() => {});
    };
    requestSnapshots();
    const timer = setInterval(requestSnapshots, SNAPSHOTS_MS);
    return () => clearInterval(timer);
  }, [key]);
}
