// Photos as they are sent: the original where it is small enough, else scaled down by the phone.

import { fetchJson, type Schemas } from "../api/client";
import type { Spot } from "../live/reading";

const MOST_BYTES = 6_000_000;
// What the server accepts. Scaling loses the place in a photo, so that without a signal to ask for it the original is stored.
const MOST_ACCEPTED_BYTES = 12_000_000;
const LONGEST_SIDE = 2_000;
const QUALITY = 0.85;

const isAcceptedType = (file: File): boolean => /^image\/(jpeg|png|webp)$/.test(file.type);

/** Where a photo says that it was taken; null: it does not say; undefined: nobody could be asked. */
export async function placeOf(file: File): Promise<Spot | null | undefined> {
  if (file.size > MOST_ACCEPTED_BYTES || !isAcceptedType(file)) return undefined;
  const form = new FormData();
  form.set("photo", file, "photo.jpg");
  try {
    const found = await fetchJson<Schemas["PhotoPlace"]>("/api/v1/reports/photo-place", { method: "POST", body: form });
    return found.place && { lat: found.place.lat, lon: found.place.lon };
  } catch {
    return undefined;
  }
}

/** A file that the server accepts; throws where it is no image. */
export async function sendable(file: File): Promise<Blob> {
  if (file.size <= (navigator.onLine ? MOST_BYTES : MOST_ACCEPTED_BYTES) && isAcceptedType(file)) return file;
  const image = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no image"))), "image/jpeg", QUALITY);
  });
}
