// What is refused of reports and their photos.

import type { Pair } from "../language";

export const REPORT_REFUSALS: Readonly<Record<string, Pair>> = {
  invalid_category: ["Jenis itu tidak dikenal.", "There is no such kind."],
  category_unknown: ["Jenis itu tidak dikenal.", "There is no such kind."],
  already_delivered: ["Sudah dikirim sebelumnya.", "It was delivered before."],
  time_too_old: ["Waktunya harus dalam 7 hari terakhir.", "It must be within the last 7 days."],
  invalid_idempotency_key: ["Nomor kiriman tidak benar.", "The number of the delivery is not right."],
  no_pending_question: ["Tidak ada yang menunggu jawaban.", "Nothing waits for an answer."],
  photo_empty: ["Berkas foto kosong.", "The photo file is empty."],
  photo_unreadable: [
    "Bukan foto yang dapat dibaca: kirim JPEG, PNG atau WebP.",
    "Not a photo that can be read: send JPEG, PNG or WebP.",
  ],
  photo_too_large: ["Foto terlalu besar.", "The photo is too big."],
  photo_too_many_pixels: ["Foto terlalu banyak titiknya.", "The photo has too many pixels."],
  photo_too_complex: [
    "Foto ini terlalu berat untuk dibaca. Simpan ulang sebagai JPEG biasa.",
    "This photo takes too much to read. Save it as an ordinary JPEG.",
  ],
  photo_too_small: ["Foto terlalu kecil.", "The photo is too small."],
  coordinates_required: ["Tempatnya belum ada.", "The place is missing."],
  coordinates_out_of_range: ["Tempat itu tidak ada di bumi.", "That place is not on earth."],
  invalid_coordinates: ["Tempat itu tidak benar.", "The place is not right."],
  text_or_photo_required: ["Tulis keterangan atau lampirkan foto.", "Write a few words or add a photo."],
  text_too_long: ["Keterangan terlalu panjang.", "The text is too long."],
  too_many_photos: ["Terlalu banyak foto.", "Too many photos."],
};
