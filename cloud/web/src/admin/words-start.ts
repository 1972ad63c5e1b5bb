// Words of the page that shows what of a new city is there and what is missing. Its sentences come from the server.

import { words } from "../words/language";

export const translate = words({
  start: ["Menyiapkan kota", "Set up the city"],
  startIntro: [
    "Apa yang sudah ada, apa yang belum, dan halaman atau perintah untuk melengkapinya.",
    "What there is, what is missing, and the page or command that completes it.",
  ],
  city: ["Kota", "City"],
  timezone: ["Zona waktu", "Time zone"],
  progress: ["Lengkap", "Complete"],
  complete: ["lengkap", "complete"],
  missing: ["belum lengkap", "incomplete"],
  unchecked: ["belum diperiksa", "not checked"],
  ofTopics: ["{n} dari {all} bagian", "{n} of {all} parts"],
  checkAgain: ["Periksa lagi", "Check again"],
  decided: ["Yang diputuskan kota", "What the city decided"],
  decidedIntro: [
    "Aturan berlaku dari atas ke bawah; yang pertama cocok menentukan.",
    "Rules apply from top to bottom; the first that fits decides.",
  ],
  changePolicy: ["Ubah kebijakan", "Change the policy"],
  scan: [
    "Atau pindai dengan ponsel: kode ini memuat perintah beserta tokennya.",
    "Or scan with a phone: the code contains the command with the token.",
  ],
  wholeChecklist: ["Lihat seluruh daftar periksa", "See the whole checklist"],
  code: ["Kode QR pendaftaran perangkat", "QR code that enrols the node"],
});
