// Words of the page of connectors.

import { CHANNEL_NAMES } from "../api/registries";
import { serverWords, words } from "../words/language";

export const translate = words({
  title: ["Kanal dan data masuk", "Channels and feeds"],
  intro: [
    "Tempat warga melapor dan data kota lain masuk: mana yang berjalan, mana yang diam atau bermasalah.",
    "Where citizens report and other systems' data come in: which work, which are silent or in trouble.",
  ],
  summary: [
    "Berjalan: {working}, belum ada yang masuk: {waiting}, perlu dilihat: {wrong}",
    "Working: {working}, nothing came yet: {waiting}, need a look: {wrong}",
  ],
  channels: ["Kanal warga", "Citizens' channels"],
  feeds: ["Data dari sistem lain", "Feeds of other systems"],
  noFeeds: ["Belum ada data dari sistem lain yang dipasang.", "No feed of another system is set up."],
  name: ["Nama", "Name"],
  state: ["Keadaan", "State"],
  lastSuccess: ["Terakhir berhasil", "Last success"],
  lag: ["Keterlambatan", "Lag"],
  received: ["Diterima", "Received"],
  repeated: ["Kiriman ulang", "Repeats"],
  refused: ["Ditolak", "Refused"],
  lastError: ["Kesalahan terakhir", "Last error"],
  inbox: ["Pesan yang belum jelas", "Messages that are not clear"],
  never: ["belum pernah", "never"],
  failures: ["gagal berturut-turut: {n}", "failed in a row: {n}"],
  notUsed: ["Tidak dipakai: {names}.", "Not in use: {names}."],
  warnings: ["Peringatan lembaga lain yang berlaku", "Warnings of others in force"],
  noWarnings: [
    "Tidak ada peringatan lembaga lain yang berlaku sekarang.",
    "No warning of another authority is in force now.",
  ],
  until: ["berlaku sampai {t}", "until {t}"],
  areas: ["menyentuh {n} kelurahan", "touches {n} kelurahan"],
});

export const stateWords = serverWords({
  working: ["berjalan", "working"],
  waiting: ["belum ada yang masuk", "nothing came yet"],
  silent: ["diam", "silent"],
  failing: ["bermasalah", "in trouble"],
  off: ["tidak dipakai", "not in use"],
});

export const channelWords = serverWords({
  ...CHANNEL_NAMES,
  web: ["Formulir di halaman ini", "The form on these pages"],
  open311: ["Open311", "Open311"],
  "lapor-csv": ["LAPOR! (berkas CSV)", "LAPOR! (CSV file)"],
  qlue: ["Qlue", "Qlue"],
  detik: ["Detik Pasangmata", "Detik Pasangmata"],
});

export const kindWords = serverWords({
  waze: ["Waze for Cities", "Waze for Cities"],
  qlue: ["Qlue", "Qlue"],
  detik: ["Detik Pasangmata", "Detik Pasangmata"],
  dsda: ["pintu air Dinas SDA", "gauges of Dinas SDA"],
  dsda_history: ["riwayat Dinas SDA", "history of Dinas SDA"],
  cap: ["peringatan (CAP)", "warnings (CAP)"],
  sensorthings: ["SensorThings", "SensorThings"],
  siaga: ["Siaga lain", "another Siaga"],
  csv_reports: ["laporan CSV", "reports as CSV"],
  csv_readings: ["bacaan CSV", "readings as CSV"],
  csv_rain: ["hujan CSV", "rain as CSV"],
  frigate: ["Frigate", "Frigate"],
  lorawan: ["LoRaWAN", "LoRaWAN"],
  observations: ["SensorThings, dikirim", "SensorThings, written"],
});

export const warningWords = serverWords({
  Extreme: ["sangat berat", "extreme"],
  Severe: ["berat", "severe"],
  Moderate: ["sedang", "moderate"],
  Minor: ["ringan", "minor"],
  Unknown: ["tingkat tidak diketahui", "of unknown severity"],
});
