// What is refused of proofs, the review set and the accuracy of cameras.

import type { Pair } from "../language";

export const PROOF_REFUSALS: Readonly<Record<string, Pair>> = {
  review_set_disabled: ["Kumpulan tinjauan tidak dipakai di sini.", "There is no review set here."],
  device_key_required: [
    "Ponsel ini belum terdaftar sebagai perangkat Anda.",
    "This phone is not registered as a device of yours.",
  ],
  too_many_challenges: [
    "Terlalu banyak tantangan foto hari ini. Unggah foto biasa.",
    "Too many capture challenges today. Upload a plain photo.",
  ],
  invalid_capture_statement: [
    "Keterangan foto dari ponsel tidak dapat dibaca.",
    "What the phone states about the photos cannot be read.",
  ],
  own_work_not_verified: [
    "Orang lain yang harus memverifikasi pekerjaan ini.",
    "Somebody else has to verify this work.",
  ],
  photo_of_other_task: ["Foto itu bukan untuk tugas ini.", "That photo is not of this task."],
  draws_not_revealed: ["Undian hari ini belum diumumkan.", "The draws of this day are not published yet."],
  accuracy_item_answered: ["Gambar itu sudah dinilai.", "Somebody has judged this image already."],
  hazard_unknown: ["Jenis bahaya itu tidak dikenal.", "There is no such hazard."],
  box_inverted: [
    "Bingkai terbalik: x1 di bawah x2, y1 di bawah y2.",
    "The bounding box is turned: x1 below x2, y1 below y2.",
  ],
  label_unknown: ["Label itu tidak ada.", "There is no such label."],
  invalid_proof_policy: ["Kebijakan bukti tidak benar.", "The policy of proof is not right."],
  invalid_year: ["Tahun itu tidak mungkin.", "That year is not possible."],
};
