// Words of the charts of levels.

import { serverWords, words } from "../../words/language";

export const translate = words({
  range: ["Jangka waktu", "Period"],
  from: ["Dari", "From"],
  until: ["Sampai", "Until"],
  compare: ["Bandingkan dengan", "Compare with"],
  compareNone: ["– tidak ada –", "– nothing –"],
  ownZero: [
    "Tinggi air di atas titik nol masing-masing pos pantau.",
    "Levels over the zero of each gauge, which differ.",
  ],
  level: ["tinggi air (cm)", "level (cm)"],
  hourly: [
    "rata-rata per jam (cm); pita: terendah sampai tertinggi",
    "mean of each hour (cm); band: lowest to highest",
  ],
  forecast: ["prakiraan; pita: kemungkinan", "forecast; band: what is likely"],
  zoomIn: ["Perbesar", "Zoom in"],
  zoomOut: ["Perkecil", "Zoom out"],
  zoomReset: ["Tampilkan semua", "Show all"],
  help: [
    "Sentuh grafik, atau tekan panah untuk membaca nilainya; + dan − memperbesar dan memperkecil.",
    "Touch the chart, or press arrows, to read values; + and − zoom.",
  ],
  table: ["Tabel ({n})", "Table ({n})"],
  tableMost: ["{n} yang terbaru; semuanya ada di berkas CSV.", "The newest {n}; all of them are in the CSV file."],
  csv: ["Unduh CSV", "Download CSV"],
  at: ["Waktu", "Time"],
  cm: ["Tinggi (cm)", "Level (cm)"],
  low: ["Terendah", "Lowest"],
  high: ["Tertinggi", "Highest"],
  count: ["Bacaan", "Readings"],
  ofCount: ["{low}–{high} cm, {n} bacaan", "{low}–{high} cm, {n} readings"],
  nothing: ["Tidak ada bacaan dalam jangka waktu ini.", "There are no readings in this period."],
  unknown: ["tidak diketahui", "not known"],
});

export const rangeWords = serverWords({
  "6h": ["6 jam", "6 h"],
  "24h": ["24 jam", "24 h"],
  "7d": ["7 hari", "7 days"],
  "30d": ["30 hari", "30 days"],
  season: ["Musim hujan ini", "This rainy season"],
  own: ["Pilih…", "Choose…"],
});
