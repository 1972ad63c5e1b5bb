// The newest picture of a camera: what the control room last got of it within the hour, else the picture of an event.

import { useCallback, useEffect, useState } from "preact/hooks";
import { api, ask } from "../../api/client";

const LOOK_AGAIN_MS = 1_500;
const LOOKS = 12;

interface Still {
  /** Not known yet whether there is a picture. */
  readonly isAsking: boolean;
  readonly url: string | null;
  readonly takenAt: string | null;
  /** Asks the box for a picture; whether it can be asked. */
  readonly askNew: () => Promise<boolean>;
}

interface Picture {
  readonly url: string;
  readonly takenAt: string;
}

export function useStill(camera: string, fallback: string | null, fallbackAt: string | null): Still {
  const [frame, setFrame] = useState<Picture | null>(null);
  const [waits, setWaits] = useState(0);
  const [isAsking, setAsking] = useState(true);
  const look = useCallback(async (): Promise<string | null> => {
    const found = await fetchFrame(camera);
    if (found) setFrame(found);
    return found?.takenAt ?? null;
  }, [camera]);
  useEffect(() => {
    void look().finally(() => setAsking(false));
  }, [look]);
  useEffect(() => () => URL.revokeObjectURL(frame?.url ?? ""), [frame]);
  useEffect(() => {
    if (waits <= 0) return;
    const timer = setTimeout(() => {
      const before = frame?.takenAt ?? null;
      void look().then((at) => setWaits(at && at !== before ? 0 : waits - 1));
    }, LOOK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [waits, look, frame]);
  const askNew = async (): Promise<boolean> => {
    const { requested: asked } = await ask(api.POST("/api/v1/camera-snapshots", { body: { cameras: [camera] } }));
    setWaits(LOOKS);
    return asked > 0;
  };
  return { isAsking, url: frame?.url ?? fallback, takenAt: frame?.takenAt ?? fallbackAt, askNew };
}

async function fetchFrame(camera: string): Promise<Picture | null> {
  const answer = await fetch(`/api/v1/cameras/${encodeURIComponent(camera)}/frame`).catch(() => null);
  if (!answer?.ok) return null;
  const takenAt = answer.headers.get("siaga-taken-at") ?? new Date().toISOString();
  return { url: URL.createObjectURL(await answer.blob()), takenAt };
}
