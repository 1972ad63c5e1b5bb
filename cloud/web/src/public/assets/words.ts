// Words of pumps and gates.

import { serverWords, words } from "../../words/language";

export const translate = words({
  title: ["Pompa dan pintu air", "Pumps and gates"],
  intro: [
    "Keadaan menurut laporan terakhir. Yang laporannya terlalu lama tidak diketahui keadaannya.",
    "The state by the last report. Of those whose report is too old, the state is not known.",
  ],
  summary: [
    "{n} tanpa masalah yang diketahui, {bad} perlu diperiksa, {unknown} tidak diketahui.",
    "{n} without a known problem, {bad} to inspect, {unknown} not known.",
  ],
  pumps: ["Pompa", "Pumps"],
  gates: ["Pintu air", "Gates"],
  nothing: ["Kota belum mendaftarkan pompa atau pintu air.", "The city has not listed any pumps or gates yet."],
  reported: ["dilaporkan {t}", "reported {t}"],
  never: ["belum pernah dilaporkan", "never reported"],
  lastKnown: ["terakhir: {state}, {t}", "last: {state}, {t}"],
  gauge: ["Pos pantau", "Gauge"],
  duty: ["Tugas", "Duty"],
  worksFrom: ["{state} mulai {cm} cm", "{state} from {cm} cm on"],
  share: ["Bagian kapasitas", "Share of the capacity"],
  capacity: ["Kapasitas", "Capacity"],
  power: ["Daya listrik", "Electrical power"],
  difference: ["Beda tinggi air", "Level difference"],
  by: ["Sumber laporan", "Reported by"],
  since: ["sejak {t}", "since {t}"],
  checked: ["Sedang diperiksa.", "It is being inspected."],
  doubtful: ["Belum pasti.", "This is not certain."],
  record: ["Catat keadaan", "Record the state"],
  recordOf: ["Keadaan {name}", "State of {name}"],
  state: ["Keadaan", "State"],
  note: ["Catatan", "Note"],
  recorded: ["Keadaan dicatat.", "The state was recorded."],
  ofTask: ["Pompa atau pintu air di tempat ini", "The pump or gate at this place"],
});

export const stateWords = serverWords({
  running: ["menyala", "running"],
  stopped: ["mati", "stopped"],
  open: ["terbuka", "open"],
  closed: ["tertutup", "closed"],
  fault: ["rusak", "faulty"],
  unknown: ["tidak diketahui", "not known"],
});

export const problemWords = serverWords({
  fault: ["Melaporkan kerusakan", "Reports a fault"],
  standing: ["Seharusnya bekerja, tetapi diam", "Should work but stands"],
  no_effect: ["Menyala, tetapi air tidak turun", "Runs, but the water does not fall"],
});

export const originWords = serverWords({
  node: ["perangkat di tempat", "the device on site"],
  person: ["petugas", "staff"],
  file: ["berkas", "a file"],
});
