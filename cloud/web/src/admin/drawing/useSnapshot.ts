// The newest snapshot of a camera: what the control room last got of it within the hour, else the image of an event.

import { useCallback, useEffect, useState } from "preact/hooks";
import { api, request } from "../../api/client";

const LOOK_AGAIN_MS = 1_500;
const LOOKS = 12;

interface LatestSnapshot {
  /** Not known yet whether there is an image. */
  readonly isLoading: boolean;
  readonly url: string | null;
  readonly capturedAt: string | null;
  /** Requests an image of the node; whether that is possible. */
  readonly requestNew: () => Promise<boolean>;
}

interface CameraFrame {
  readonly url: string;
  readonly capturedAt: string;
}

export function useSnapshot(camera: string, fallback: string | null, fallbackAt: string | null): LatestSnapshot {
  const [frame, setFrame] = useState<CameraFrame | null>(null);
  const [waits, setWaits] = useState(0);
  const [isLoading, setLoading] = useState(true);
  const look = useCallback(async (): Promise<string | null> => {
    const found = await fetchFrame(camera);
    if (found) setFrame(found);
    return found?.capturedAt ?? null;
  }, [camera]);
  useEffect(() => {
    void look().finally(() => setLoading(false));
  }, [look]);
  useEffect(() => () => URL.revokeObjectURL(frame?.url ?? ""), [frame]);
  useEffect(() => {
    if (waits <= 0) return;
    const timer = setTimeout(() => {
      const before = frame?.capturedAt ?? null;
      void look().then((at) => setWaits(at && at !== before ? 0 : waits - 1));
    }, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [waits, look, frame]);
  const requestNew = async (): Promise<boolean> => {
    const { requested } = await request(api.POST("/api/v1/camera-snapshots", { body: { cameras: [camera] } }));
    setWaits(LOOKS);
    return requested > 0;
  };
  return { isLoading, url: frame?.url ?? fallback, capturedAt: frame?.capturedAt ?? fallbackAt, requestNew };
}

async function fetchFrame(camera: string): Promise<CameraFrame | null> {
  const answer = await fetch(`/api/v1/cameras/${encodeURIComponent(camera)}/frame`).catch(() => null);
  if (!answer?.ok) return null;
  const capturedAt = answer.headers.get("siaga-taken-at") ?? new Date().toISOString();
  return { url: URL.createObjectURL(await answer.blob()), capturedAt };
}
