// Two photos in place, the second with the camera moved as the server prompted: a proof that is not from a gallery.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../parts/dialog";
import { useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner } from "../parts/layout";
import { type Challenge, challengeOf, dropChallenge } from "../queue/device";
import type { Photo } from "../queue/store";
import { type CameraPhoto, hasCamera, proofOf, useCamera } from "./camera";
import { translate } from "./words";

const ARROWS = { left: "back", right: "next", up: "up", down: "down" } as const;

/** The challenge of a task, once this phone has one and a camera; it is fetched early, for times without a signal. */
export function useChallenge(taskId: string, isWanted: boolean): Challenge | null {
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  useEffect(() => {
    let isGone = false;
    const load = async (): Promise<void> => {
      const found = isWanted && (await hasCamera()) ? await challengeOf(taskId) : null;
      if (!isGone) setChallenge(found);
    };
    void load();
    return () => {
      isGone = true;
    };
  }, [taskId, isWanted]);
  return challenge;
}

interface CaptureProps {
  readonly challenge: Challenge;
  readonly onClose: () => void;
  readonly onPhoto: (photo: Photo) => Promise<void>;
}

export function CaptureDialog({ challenge, onClose, onPhoto }: CaptureProps): VNode {
  const camera = useCamera();
  const [photos, setPhotos] = useState<readonly CameraPhoto[]>([]);
  const [busy, photograph] = useAction(async () => setPhotos([...photos, await camera.photograph()]));
  const [sending, send] = useAction(async (first: CameraPhoto, second: CameraPhoto) => {
    await onPhoto(await proofOf(challenge, first, second));
    await dropChallenge(challenge.taskId);
  });
  const [first, second] = photos;
  return (
    <Dialog title={translate("captureTitle")} onClose={onClose}>
      {camera.state === "refused" ? (
        <Banner kind="warn" icon="warning">
          {translate("captureNoCamera")}
        </Banner>
      ) : null}
      <p class="large strong" id="capture-step" role="status">
        {step(challenge, photos.length)}
      </p>
      <div class={`viewfinder${second ? " hidden" : ""}`}>
        <video ref={camera.view} playsInline muted aria-label={translate("captureView")} />
        {first && !second ? (
          <span class="viewfinder-arrow">
            <Icon name={ARROWS[challenge.direction]} />
          </span>
        ) : null}
      </div>
      <Thumbnails photos={photos} />
      {first && !second ? <p class="small soft">{translate("captureOverlap")}</p> : null}
      {camera.state === "open" && !camera.place ? <p class="small warn">{translate("captureNoPlace")}</p> : null}
      {first && second ? (
        <button type="button" class="button main big wide" disabled={sending} onClick={() => send(first, second)}>
          <Icon name="check" />
          {translate("captureUse")}
        </button>
      ) : (
        <button
          type="button"
          class="button main big wide"
          disabled={busy || camera.state !== "open"}
          onClick={() => photograph()}
        >
          <Icon name="photo" />
          {translate("captureNow")}
        </button>
      )}
      {first ? (
        <button type="button" class="button wide" disabled={busy || sending} onClick={() => setPhotos([])}>
          {translate("captureAgain")}
        </button>
      ) : null}
    </Dialog>
  );
}

function step({ direction }: Challenge, made: number): string {
  if (made === 0) return translate("captureFirst");
  return made === 1 ? translate(`captureSecond_${direction}`) : translate("captureDone");
}

function Thumbnails({ photos }: { photos: readonly CameraPhoto[] }): VNode | null {
  if (photos.length === 0) return null;
  return (
    <div class="row thumbnails">
      {photos.map((one) => (
        <Thumbnail key={one.takenAt} file={one.file} />
      ))}
    </div>
  );
}

function Thumbnail({ file }: { file: Blob }): VNode {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return <img src={url} alt="" />;
}
