// Photos as they are sent: the original where it is small enough, else scaled down by the phone.

const MOST_BYTES = 6_000_000;
const LONGEST_SIDE = 2_000;
const QUALITY = 0.85;

/** A file that the server takes; throws where it is no picture. */
export async function sendable(file: File): Promise<Blob> {
  if (file.size <= MOST_BYTES && /^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", QUALITY);
  });
}
