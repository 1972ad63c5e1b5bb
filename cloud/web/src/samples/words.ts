// Words of the page on which operators judge the accuracy sample.

import { words } from "../words/language";

export const translate = words({
  title: ["Gambar contoh untuk dinilai", "Images of the accuracy sample"],
  intro: [
    "Gambar dipilih acak; node menyamarkan wajah dan pelat yang dikenalinya. Keputusan kamera tidak ditampilkan supaya tidak memengaruhi Anda. Jawaban dicatat dan menentukan akurasi kamera yang diumumkan.",
    "The images are drawn at random; the node hides the faces and plates that it finds. What the camera decided is not shown, so that it does not lead you. Answers go on record and make the published accuracy of the camera.",
  ],
  nothing: ["Tidak ada gambar yang menunggu penilaian.", "No image waits to be judged."],
  refresh: ["Muat lagi", "Refresh"],
  takenAt: ["{camera}, {t}", "{camera}, {t}"],
  waiting: ["menunggu: {n}", "waiting: {n}"],
  twentyOrMore: ["20 atau lebih", "20 or more"],
  image: ["Gambar dari kamera, untuk dinilai", "Image of the camera, to be judged"],
  noImage: [
    "Gambar ini tidak dapat dimuat, jadi tidak dapat dinilai.",
    "This image cannot be loaded, so it cannot be judged.",
  ],
  question: ["Apa yang terlihat di gambar?", "What does the image show?"],
  store: ["Simpan jawaban", "Save the answer"],
  storeNone: ["Tidak satu pun terlihat", "None of these"],
  cannotJudge: ["Tidak dapat dinilai", "It cannot be judged"],
  stored: ["Jawaban tersimpan.", "The answer is stored."],
});
