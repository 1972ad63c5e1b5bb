// Words of the field that every area needs: stages, flood states, categories, states, verbs.

import { HAZARD_NAMES } from "../api/registries";
import { type Pair, serverWords, words } from "./language";

export const translate = words({
  skip: ["Langsung ke isi", "Skip to content"],
  loading: ["Memuat…", "Loading…"],
  pushMe: ["Beri tahu perangkat ini", "Notify this device"],
  pushOn: ["Perangkat ini akan diberi tahu.", "This device will be notified."],
  pushOff: ["Perangkat ini tidak diberi tahu lagi.", "This device is notified no more."],
  pushRefused: [
    "Peramban tidak mengizinkan pemberitahuan. Izinkan di pengaturannya.",
    "The browser does not allow notifications. Allow them in its settings.",
  ],
  loadFailed: ["Data belum dapat dimuat", "The data could not be loaded"],
  again: ["Coba lagi", "Try again"],
  clipBegan: ["Klip saat dilaporkan, dari {t}, {n} detik", "Clip of when it was reported, from {t}, {n} seconds"],
  clipEnded: ["Klip saat selesai, dari {t}, {n} detik", "Clip of when it ended, from {t}, {n} seconds"],
  close: ["Tutup", "Close"],
  cancel: ["Batal", "Cancel"],
  send: ["Kirim", "Send"],
  save: ["Simpan", "Save"],
  back: ["Kembali", "Back"],
  next: ["Lanjut", "Next"],
  yes: ["Ya", "Yes"],
  no: ["Tidak", "No"],
  all: ["Semua", "All"],
  none: ["Tidak ada", "None"],
  more: ["Lainnya", "More"],
  search: ["Cari", "Search"],
  acts: ["Tindakan", "Actions"],
  sortBy: ["Urutkan:", "Sort by:"],
  unknown: ["Tidak diketahui", "Unknown"],
  optional: ["boleh kosong", "optional"],
  connecting: ["Menyambung…", "Connecting…"],
  live: ["Langsung", "Live"],
  lost: ["Terputus, mencoba…", "Lost, retrying…"],
  polling: ["Memeriksa tiap menit", "Checks every minute"],
  offline: ["Tanpa sinyal", "No signal"],
  needsSignal: ["Tidak ada sinyal. Coba lagi nanti.", "There is no signal. Try again later."],
  storageFull: [
    "Memori ponsel penuh, jadi ini belum tersimpan. Hapus beberapa foto atau video, lalu coba lagi.",
    "The device's memory is full, so this was not saved. Delete some photos or videos, then try again.",
  ],
  unreadablePhoto: ["Gambar itu tidak dapat dibaca. Ambil foto lain.", "That photo cannot be read. Take another one."],
  notDone: ["Tidak berhasil. Coba lagi.", "That did not work. Try again."],
  theme: ["Tampilan", "Appearance"],
  auto: ["Ikut perangkat", "As the device"],
  light: ["Terang", "Light"],
  dark: ["Gelap (ruang kendali)", "Dark (control room)"],
  sun: ["Terik matahari", "Bright sun"],
  language: ["Bahasa", "Language"],
  signIn: ["Masuk", "Sign in"],
  showTyped: ["Perlihatkan yang saya ketik", "Show what I type"],
  signOut: ["Keluar", "Sign out"],
  signedInAs: ["Masuk sebagai {name}", "Signed in as {name}"],
  notFound: ["Halaman ini tidak ada", "There is no such page"],
  notAllowed: ["Akun ini tidak boleh membuka halaman ini", "This account may not open this page"],
  home: ["Ke halaman depan", "To the front page"],
  perHour: ["cm/jam", "cm/h"],
  measured: ["diukur {t}", "measured {t}"],
  unknownSince: ["tidak diketahui sejak {t}", "unknown since {t}"],
  noData: ["belum ada data", "no data yet"],
  wasStage: ["terakhir diketahui Siaga {stage}, {cm} cm ({t})", "was Siaga {stage}, {cm} cm at {t}"],
  wasLevel: ["terakhir diketahui {cm} cm ({t})", "was {cm} cm at {t}"],
  confidence: ["keyakinan", "confidence"],
  schematic: [
    "Batas wilayah dan sungai skematis, bukan peta resmi",
    "Areas and rivers are schematic, not an official map",
  ],
  map: ["Peta", "Map"],
  mapHelp: [
    "Panah menggeser peta, plus dan minus memperbesar dan memperkecil. Isi peta juga ada di daftar.",
    "Arrow keys move the map, plus and minus zoom. All that is on the map is in the lists too.",
  ],
  noMap: [
    "Peta tidak dapat ditampilkan di perangkat ini. Isinya ada di daftar.",
    "This device cannot show the map. All of it is in the lists.",
  ],
  legend: ["Keterangan peta", "Legend"],
  renewed: [
    "Siaga baru saja diperbarui, jadi halaman ini dimuat ulang.",
    "Siaga was just updated, so this page was loaded again.",
  ],
  lacksPart: [
    "Sebagian halaman ini belum dapat dimuat. Periksa sambungan, lalu muat ulang.",
    "A part of this page could not be loaded. Check the connection, then reload.",
  ],
  reload: ["Muat ulang", "Reload"],
});

// The names of BPBD DKI Jakarta.
const STAGES: readonly Pair[] = [
  ["Tidak diketahui", "Unknown"],
  ["Siaga 1 – Awas", "Siaga 1 – danger"],
  ["Siaga 2 – Siaga", "Siaga 2 – be ready"],
  ["Siaga 3 – Waspada", "Siaga 3 – be alert"],
  ["Siaga 4 – Normal", "Siaga 4 – normal"],
];
/** A stage 1 (worst) to 4, or 0: unknown. */
export type Stage = 0 | 1 | 2 | 3 | 4;
const stageTable = serverWords(Object.fromEntries(STAGES.map((pair, stage) => [`${stage}`, pair])));
export const stageWords = (stage: number): string => stageTable(String(stage));

export const floodWords = serverWords({
  none: ["tidak banjir", "no flood"],
  caution: ["hati-hati, belum pasti", "caution, not certain"],
  minor: ["banjir ringan, 10–70 cm", "minor flood, 10–70 cm"],
  moderate: ["banjir sedang, 71–150 cm", "moderate flood, 71–150 cm"],
  severe: ["banjir berat, di atas 150 cm", "severe flood, over 150 cm"],
});

export const trendWords = serverWords({
  rising: ["naik", "rising"],
  falling: ["turun", "falling"],
  steady: ["tetap", "steady"],
});

export const categoryWords = serverWords(HAZARD_NAMES);

export const severityWords = serverWords({
  minor: ["ringan", "minor"],
  moderate: ["sedang", "moderate"],
  severe: ["berat", "severe"],
});

export const sourceWords = serverWords({
  camera: ["kamera", "camera"],
  gauge: ["pos pantau air", "gauge"],
  citizen: ["warga", "citizens"],
  feed: ["data lain", "other feed"],
  rule: ["aturan", "rule"],
});

/** How sure it is, by the kinds of source that support it. */
export const certaintyWords = serverWords({
  unverified: ["laporan belum dipastikan", "unverified reports"],
  possible: ["mungkin terjadi, belum dipastikan", "possible, not confirmed"],
  likely: ["dipastikan petugas kota", "confirmed by the city's staff"],
  observed: ["terlihat sensor atau petugas di lokasi", "seen by a sensor or an officer there"],
});

export const gradeWords = serverWords({
  sensor: ["sensor", "sensor"],
  partner: ["mitra", "partner"],
  verified: ["akun terbukti", "proven account"],
  unverified: ["tanpa bukti diri", "without proof of identity"],
});

export const incidentStateWords = serverWords({
  open: ["terbuka", "open"],
  closed: ["selesai", "closed"],
  rejected: ["ditolak", "rejected"],
  merged: ["digabung", "merged"],
  confirmed: ["dibenarkan operator", "confirmed by an operator"],
  false_alarm: ["peringatan keliru", "false alarm"],
});

export const taskStateWords = serverWords({
  review: ["menunggu operator", "waits for an operator"],
  open: ["menunggu petugas", "waiting for a crew"],
  assigned: ["ditugaskan", "assigned"],
  accepted: ["diterima petugas", "accepted"],
  on_site: ["petugas di lokasi", "crew on site"],
  paused: ["ditunda", "paused"],
  resolved: ["selesai, ada foto", "done, with a photo"],
  verified: ["selesai, diperiksa", "done, verified"],
  dismissed: ["tidak diperlukan", "not needed"],
  following: ["mengikuti tugas lain", "follows another task"],
});

export const verbWords = serverWords({
  create: ["dibuat", "created"],
  raise: ["dinaikkan", "raised"],
  confirm: ["dibenarkan", "confirmed"],
  assign: ["ditugaskan", "assigned"],
  accept: ["diterima", "accepted"],
  decline: ["dikembalikan", "declined"],
  arrive: ["tiba di lokasi", "arrived"],
  pause: ["ditunda", "paused"],
  resume: ["dilanjutkan", "resumed"],
  resolve: ["diselesaikan", "resolved"],
  verify: ["diperiksa", "verified"],
  reopen: ["dibuka lagi", "reopened"],
  dismiss: ["ditutup", "dismissed"],
  escalate: ["dinaikkan ke atasan", "escalated"],
  overdue: ["lewat tenggat", "overdue"],
  priority: ["prioritas diubah", "priority changed"],
  note: ["catatan", "note"],
  koordinasi: ["dinas lain diminta ikut (koordinasi)", "another agency asked to join"],
  disposisi: ["disposisi", "passed on"],
  not_mine: ["dialihkan: bukan wewenang", "passed on: not theirs"],
  refer: ["dikembalikan ke operator", "referred to the operators"],
  follow: ["digabung", "follows another task"],
  unfollow: ["dipisah lagi", "on its own again"],
  parent_resolve: ["tugas induk diselesaikan", "parent task resolved"],
  parent_verify: ["tugas induk diperiksa", "parent task verified"],
  parent_dismiss: ["tugas induk ditutup", "parent task dismissed"],
  parent_reopen: ["tugas induk dibuka lagi", "parent task reopened"],
});

const actorWords = serverWords({
  system: ["otomatis", "by itself"],
  reporter: ["pelapor", "the reporter"],
});

/** Who did it: the account's name, or that no person did. */
export function whoDid(one: { readonly actor?: string | null; readonly actor_name?: string | null }): string {
  return one.actor_name ?? actorWords(one.actor);
}

export const deadlineWords = serverWords({
  acknowledge: ["Terima tugas", "Accept"],
  first_action: ["Tindakan pertama", "First action"],
  resolve: ["Selesai", "Resolve"],
});

export const deadlineLine = words({
  dueIn: ["{what}: {t} lagi", "{what}: {t} left"],
  overdue: ["{what}: lewat tenggat {t}", "{what}: overdue by {t}"],
  paused: ["tenggat dihentikan", "deadline stopped"],
  finished: ["selesai {t}", "finished {t}"],
});

export const roleWords = serverWords({
  citizen: ["warga", "citizen"],
  officer: ["petugas", "officer"],
  area_head: ["kepala wilayah", "head of an area"],
  agency_head: ["kepala dinas", "head of an agency"],
  operator: ["operator", "operator"],
  leader: ["pimpinan", "leader"],
  admin: ["admin", "admin"],
});
