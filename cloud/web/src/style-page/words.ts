// Words of the style page.

import { words } from "../words/language";

export const translate = words({
  title: ["Gaya", "Style"],
  intro: [
    "Semua bagian halaman dalam ketiga tampilan. Yang dipakai di halaman baru harus ada di sini.",
    "All parts of the pages in all three themes. What a new page uses must be here.",
  ],
  plain: ["Keterangan biasa", "A plain note"],
  good: ["Berhasil", "It worked"],
  warn: ["Perhatikan ini", "Mind this"],
  bad: ["Ini tidak berhasil", "This did not work"],
  wrong: ["Isian yang salah", "A field that is wrong"],
  sample: ["Contoh", "An example"],
  soft: ["Keterangan yang lebih kecil dan lembut", "A note that is smaller and softer"],
  link: ["sebuah tautan", "a link"],
  icons: ["Lambang", "Icons"],
  table: ["Tabel", "A table"],
  bars: ["Batang", "Bars"],
  roads: ["Jalan", "Roads"],
  dialog: ["Dialog", "A dialog"],
  toast: ["Kabar singkat", "A short note"],
  empty: ["Tidak ada apa-apa di sini.", "There is nothing here."],
});
