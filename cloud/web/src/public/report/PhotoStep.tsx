// First the photo, with the camera: it shows what is meant, and often carries its place.

import type { VNode } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { Icon } from "../../parts/icons";
import { toast } from "../../parts/toasts";
import { placeOf, sendable } from "../../queue/photo";
import { translate as field } from "../../words/field";
import { translate } from "../words";
import type { Change, Draft } from "./draft";

const MOST_PHOTOS = 3;

export function PhotoStep({ draft, change, next }: { draft: Draft; change: Change; next: () => void }): VNode {
  const add = async (input: HTMLInputElement): Promise<void> => {
    try {
      const originals = [...(input.files ?? [])];
      const chosen = await Promise.all(originals.map(sendable));
      change((before) => ({ photos: [...before.photos, ...chosen].slice(0, MOST_PHOTOS) }));
      if (draft.place === null && originals[0]) void requestPlace(originals[0]);
    } catch {
      toast(translate("photoBad"), "bad");
    }
    input.value = ""; // the same photo can be chosen again after it was removed
  };
  const requestPlace = async (photo: File): Promise<void> => {
    const found = await placeOf(photo);
    // Whoever chose a place in the meantime meant it.
    if (found) change((before) => (before.place ? {} : { place: found, inPhoto: "yes" }));
    else change({ inPhoto: found === null ? "none" : "unknown" });
  };
  const remove = (at: number): void => {
    const photos = draft.photos.filter((_, index) => index !== at);
    const isPlaceGone = photos.length === 0 && draft.inPhoto === "yes";
    change(isPlaceGone ? { photos, place: null, inPhoto: "unknown" } : { photos });
  };
  return (
    <div class="stack">
      <label class="button main big wide file only-touch">
        <Icon name="photo" />
        {translate("addPhoto")}
        <input type="file" accept="image/*" capture="environment" onChange={(event) => void add(event.currentTarget)} />
      </label>
      <label class="button big wide file gallery">
        <Icon name="photo" />
        {translate("choosePhoto")}
        <input type="file" accept="image/*" multiple onChange={(event) => void add(event.currentTarget)} />
      </label>
      <p class="small soft">{translate("photoHint")}</p>
      <Thumbs photos={draft.photos} remove={remove} />
      <button type="button" class={`button big wide${draft.photos.length > 0 ? " main" : ""}`} onClick={next}>
        {draft.photos.length > 0 ? field("next") : translate("withoutPhoto")}
        <Icon name="next" />
      </button>
    </div>
  );
}

function Thumbs({ photos, remove }: { photos: readonly Blob[]; remove: (at: number) => void }): VNode | null {
  const urls = useMemo(() => photos.map((one) => URL.createObjectURL(one)), [photos]);
  useEffect(() => () => urls.forEach((one) => void URL.revokeObjectURL(one)), [urls]);
  if (urls.length === 0) return null;
  return (
    <ul class="photos">
      {urls.map((url, index) => (
        <li key={url} class="thumb">
          <img src={url} alt={translate("photoNumber", { n: index + 1 })} />
          <button
            type="button"
            class="button square"
            aria-label={translate("removePhoto", { n: index + 1 })}
            onClick={() => remove(index)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}
