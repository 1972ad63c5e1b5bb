// The phone's camera, position and orientation while two photos are made in place, and the signed statement about them.

import { useEffect, useRef, useState } from "preact/hooks";
import { type Challenge, digest, serverNow, sign } from "../queue/device";
import { type Here, here, locate, read } from "../queue/place";
import type { Capture, Photo } from "../queue/store";

const LONGEST_SIDE = 1_920;
const QUALITY = 0.85;
const PREFIX = "siaga-capture-1\n";

interface Orientation {
  readonly heading: number | null;
  readonly pitch: number | null;
  readonly roll: number | null;
}

/** A photo with what the phone knew when it was made. */
export interface CameraPhoto {
  readonly file: Blob;
  readonly takenAt: string;
  readonly at: Here | null;
  readonly orientation: Orientation | null;
}

/** Whether there is a camera at all; whether the page may use it is known only when it is opened. */
export async function hasCamera(): Promise<boolean> {
  const devices = await navigator.mediaDevices?.enumerateDevices?.().catch(() => []);
  return (devices ?? []).some((one) => one.kind === "videoinput");
}

interface Camera {
  readonly view: { current: HTMLVideoElement | null };
  readonly state: "opening" | "open" | "refused";
  readonly place: Here | null;
  readonly photograph: () => Promise<CameraPhoto>;
}

/** Opens the camera as long as the component is drawn. */
export function useCamera(): Camera {
  const view = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<Camera["state"]>("opening");
  const orientation = useOrientation();
  const place = usePosition();
  useEffect(() => {
    const opening = open();
    opening.then(
      async (stream) => {
        if (!view.current) return;
        view.current.srcObject = stream;
        await view.current.play();
        setState("open");
      },
      () => setState("refused"),
    );
    return () => {
      void opening.then(stop, () => null);
    };
  }, []);
  const photograph = async (): Promise<CameraPhoto> => {
    if (!view.current) throw new Error("no camera");
    const takenAt = (await serverNow()).toISOString();
    return { file: await frameOf(view.current), takenAt, at: place.current, orientation: orientation.current };
  };
  return { view, state, place: place.current, photograph };
}

const open = (): Promise<MediaStream> =>
  navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: "environment" }, width: { ideal: LONGEST_SIDE } },
  });

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function frameOf(view: HTMLVideoElement): Promise<Blob> {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(view.videoWidth, view.videoHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(view.videoWidth * scale);
  canvas.height = Math.round(view.videoHeight * scale);
  canvas.getContext("2d")?.drawImage(view, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image"))), "image/jpeg", QUALITY);
  });
}

/** The newest orientation, where the phone gives one without being asked. */
function useOrientation(): { readonly current: Orientation | null } {
  const newest = useRef<Orientation | null>(null);
  useEffect(() => {
    const note = (event: DeviceOrientationEvent): void => {
      if (event.beta !== null) newest.current = { heading: event.alpha, pitch: event.beta, roll: event.gamma };
    };
    addEventListener("deviceorientation", note);
    return () => removeEventListener("deviceorientation", note);
  }, []);
  return newest;
}

function usePosition(): { readonly current: Here | null } {
  const newest = useRef<Here | null>(null);
  const [, draw] = useState(0);
  useEffect(() => {
    if (!navigator.geolocation) return;
    const watch = navigator.geolocation.watchPosition(
      (found) => {
        newest.current = read(found);
        here.value = newest.current;
        draw((n) => n + 1);
      },
      () => null,
      { enableHighAccuracy: true, maximumAge: 30_000 },
    );
    return () => navigator.geolocation.clearWatch(watch);
  }, []);
  return newest;
}

/** Both photos as one proof, with the statement that this device signs. */
export async function proofOf(challenge: Challenge, first: CameraPhoto, second: CameraPhoto): Promise<Photo> {
  const at = first.at ?? second.at ?? (await locate());
  const statement = JSON.stringify({
    challenge_id: challenge.challengeId,
    nonce: challenge.nonce,
    task_id: challenge.taskId,
    key_id: challenge.keyId,
    photos: await Promise.all([stated(first), stated({ ...second, at: second.at ?? at })]),
  });
  const signed = await sign(PREFIX + statement);
  const capture: Capture = { second: second.file, statement, signature: signed?.signature ?? "" };
  return {
    file: first.file,
    takenAt: first.takenAt,
    lat: at?.lat ?? null,
    lon: at?.lon ?? null,
    accuracyM: at?.accuracyM ?? null,
    capture,
  };
}

async function stated({ file, takenAt, at, orientation }: CameraPhoto): Promise<Readonly<Record<string, unknown>>> {
  return {
    sha256: await digest(await file.arrayBuffer()),
    taken_at: takenAt,
    ...(at ? { lat: at.lat, lon: at.lon, accuracy_m: at.accuracyM } : {}),
    ...(orientation
      ? {
          heading_degrees: orientation.heading,
          pitch_degrees: orientation.pitch,
          roll_degrees: orientation.roll,
        }
      : {}),
  };
}
