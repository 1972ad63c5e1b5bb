// Words about a way that avoids known floods.

import { words } from "../words/language";

export const translate = words({
  title: ["Jalan ke {place}", "Way to {place}"],
  goal: ["tempat yang dipilih", "the chosen place"],
  find: ["Cari jalan menghindari banjir", "Find a way around floods"],
  fromHere: ["Dari posisi saya", "From my position"],
  fromMiddle: ["Dari tengah peta", "From the middle of the map"],
  private: [
    "Dihitung di perangkat ini; posisi Anda tidak dikirim.",
    "Computed on this device; your position is not sent.",
  ],
  noPosition: ["Posisi tidak dapat diketahui.", "The position cannot be had."],
  noMap: ["Kota ini belum punya peta jalan untuk ini.", "This city has no map of roads for this yet."],
  notLoaded: ["Peta jalan tidak dapat dimuat. Coba lagi.", "The map of roads could not be loaded. Try again."],
  notKnown: [
    "Di mana ada banjir sekarang tidak diketahui, jadi tidak ada jalan yang ditawarkan.",
    "Where it is flooded now is not known, so no way is offered.",
  ],
  noRoad: [
    "Tidak ada jalan di peta dalam {m} dari awal atau tujuan.",
    "The map has no road within {m} of the start or the end.",
  ],
  length: ["{m}, berjalan kaki sekitar {t}", "{m}, on foot about {t}"],
  by: ["Lewat {streets}", "By {streets}"],
  avoids: [
    "Dihindari menurut data kota {t}: sekitar laporan banjir ({floods}), jalan yang tergenang, diperkirakan tergenang, atau tertutup ({roads}).",
    "Avoided, by the city's data of {t}: surroundings of reported floods ({floods}), roads that are flooded, foreseen to flood, or blocked ({roads}).",
  ],
  others: [
    "Kedua ujung garis lurus, di luar jalan. Apakah jalan lain kering, tidak diketahui. Jangan melintasi air yang mengalir.",
    "Both ends of the line are straight and off the roads. Whether other streets are dry is not known. Do not cross flowing water.",
  ],
  passes: [
    "Tidak ditemukan jalan yang menghindari banjir. Tetap di tempat tinggi dan hubungi 112.",
    "No way was found that stays out of the floods. Stay on high ground and call 112.",
  ],
  begins: ["Awalnya berada di sekitar laporan banjir.", "It begins near a reported flood."],
  schematic: [
    "Peta ini skematis: jalan tidak persis di tempatnya. Jangan dipakai untuk menyelamatkan diri.",
    "This map is schematic: streets are not where it draws them. Do not rely on it to get to safety.",
  ],
  mainOnly: ["Hanya jalan utama.", "Main roads only."],
  end: ["Tutup", "Close"],
});
