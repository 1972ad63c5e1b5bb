// Every word that the page shows, in Indonesian and English.

const WORDS = {
  skip: ["Langsung ke daftar", "Skip to the lists"],
  map: ["Peta", "Map"],
  mapHelp: [
    "Geser dengan panah, perbesar dengan tombol plus dan minus, kembali dengan nol. Isi peta juga ada di daftar.",
    "Arrow keys move the map, plus and minus zoom, zero goes home. All that is on the map is in the lists too.",
  ],
  zoomIn: ["Perbesar", "Zoom in"], zoomOut: ["Perkecil", "Zoom out"], zoomHome: ["Seluruh kota", "The whole city"],
  close: ["Tutup", "Close"], gauges: ["Tinggi air", "Water levels"], incidents: ["Kejadian", "Incidents"],
  tasks: ["Tugas", "Tasks"], schematic: ["Batas wilayah dan sungai skematis, bukan peta resmi", "Areas and rivers are schematic, not official"],
  connecting: ["Menyambung…", "Connecting…"], live: ["Langsung", "Live"], lost: ["Terputus, mencoba lagi…", "Connection lost, trying again…"],
  stage1: ["Siaga 1", "Siaga 1"], stage2: ["Siaga 2", "Siaga 2"], stage3: ["Siaga 3", "Siaga 3"], stage4: ["Siaga 4", "Siaga 4"],
  stage0: ["Tidak diketahui", "Unknown"],
  meaning1: ["bencana", "disaster"], meaning2: ["kritis", "critical"], meaning3: ["waspada", "alert"], meaning4: ["normal", "normal"],
  rising: ["naik", "rising"], falling: ["turun", "falling"], steady: ["tetap", "steady"], trendless: ["", ""],
  perHour: ["cm/jam", "cm/h"], measured: ["diukur {t}", "measured {t}"], unknownSince: ["tidak diketahui sejak {t}", "unknown since {t}"],
  never: ["belum ada data", "no data yet"], lastKnown: ["terakhir {cm} cm", "last known {cm} cm"],
  arrives: ["Air dari sini sampai di {name} dalam ±{h} jam", "Water from here reaches {name} in about {h} h"],
  limits: ["Batas", "Limits"], from: ["mulai {cm} cm", "from {cm} cm"], notKnown: ["tidak diketahui", "not known"], river: ["Sungai", "River"], area: ["Wilayah", "Area"],
  last24: ["24 jam terakhir", "The last 24 hours"], noReadings: ["Belum ada pengukuran.", "No readings yet."],
  flooding: ["Banjir", "Flooding"], trash: ["Sampah", "Rubbish"], illegal_parking: ["Parkir liar", "Illegal parking"],
  congestion: ["Kemacetan", "Congestion"], pothole: ["Jalan rusak", "Pothole"], street_light: ["Lampu jalan mati", "Street light out"],
  drainage: ["Saluran tersumbat", "Blocked drain"], fallen_tree: ["Pohon tumbang", "Fallen tree"],
  pavement: ["Trotoar rusak", "Broken pavement"], street_vendor: ["Pedagang liar", "Street vendors"],
  public_facility: ["Fasilitas umum rusak", "Broken facility"], disturbance: ["Gangguan ketertiban", "Disturbance"],
  gauge_check: ["Periksa pengukur air", "Check the gauge"],
  beggars: ["Pengemis", "Beggars"], other: ["Lainnya", "Something else"],
  minor: ["ringan", "minor"], moderate: ["sedang", "moderate"], severe: ["berat", "severe"],
  sure: ["keyakinan", "confidence"], began: ["mulai {t}", "began {t}"], over: ["reda {t}", "over {t}"], why: ["Mengapa?", "Why?"],
  whyText: ["Setiap sumber menambah keyakinan; sumber yang sama dihitung sekali.", "Each source adds to the confidence; the same source counts once."],
  weight: ["bobot", "weight"], repeats: ["mengulang sumber yang sama", "repeats the same source"], removed: ["dikeluarkan", "taken out"],
  lead: ["{t} lebih dulu", "{t} earlier"], camera: ["Kamera", "Camera"], gauge: ["Pengukur air", "Gauge"], citizen: ["Warga", "Citizen"], feed: ["Data lain", "Other feed"],
  rule: ["Aturan", "Rule"], gauge_check: ["Periksa pengukur air", "Inspect the gauge"],
  cameras: ["kamera", "camera"], open: ["terbuka", "open"], closed: ["selesai", "closed"], rejected: ["ditolak", "rejected"], merged: ["digabung", "merged"],
  coarse: ["tempat dibulatkan ±250 m demi pelapor", "place rounded to about 250 m to protect the reporter"],
  task_review: ["diperiksa operator", "operator looks first"], task_open: ["menunggu petugas", "waiting for a crew"], task_assigned: ["ditugaskan", "assigned"],
  task_accepted: ["diterima petugas", "accepted"], task_on_site: ["petugas di lokasi", "crew on site"], task_paused: ["ditunda", "paused"],
  task_resolved: ["selesai, ada foto", "done, with a photo"], task_verified: ["selesai, diperiksa", "done, verified"], task_dismissed: ["tidak diperlukan", "not needed"],
  acknowledge: ["Terima tugas", "Accept"], first_action: ["Tindakan pertama", "First action"], resolve: ["Selesai", "Resolve"],
  dueIn: ["{what}: {t} lagi", "{what}: {t} left"], overdue: ["{what}: terlambat {t}", "{what}: late by {t}"], pausedClock: ["waktu dihentikan", "clock stopped"],
  finished: ["selesai {t}", "finished {t}"], clock_met: ["tepat waktu", "in time"], clock_missed: ["terlambat", "late"], agency: ["Dinas", "Agency"], priority: ["Prioritas", "Priority"],
  incident: ["Kejadian", "Incident"], task: ["Tugas", "Task"], moves: ["Riwayat", "History"], clocks: ["Batas waktu", "Deadlines"],
  escalated: ["naik ke tingkat {n}", "escalated to level {n}"], showTask: ["Lihat tugas", "Show the task"], showIncident: ["Lihat kejadian", "Show the incident"],
  noIncidents: ["Tidak ada kejadian.", "No incidents."], noTasks: ["Tidak ada tugas.", "No tasks."], noGauges: ["Belum ada pengukur air.", "No gauges yet."],
  calm: ["Semua pengukur air normal", "All gauges are normal"], noneKnown: ["Tinggi air belum diketahui", "Water levels are not known yet"],
  headline: ["{stage} di {names}", "{stage} at {names}"], andMore: ["dan {n} lagi", "and {n} more"],
  openFloods: ["{n} banjir terbuka", "{n} open floods"], unknownGauges: ["{n} pengukur tidak diketahui", "{n} gauges unknown"],
  loadFailed: ["Data belum dapat dimuat: {why}", "The data could not be loaded: {why}"],
  yourReport: ["Laporan Anda", "Your report"], received: ["Diterima", "Received"], photos: ["Foto", "Photos"], text: ["Keterangan", "Text"], noReport: ["Laporan tidak ditemukan.", "There is no such report."],
  lastFrame: ["gambar terakhir {t}", "last frame {t}"], zones: ["Yang diawasi", "Watches"], no_stopping: ["dilarang berhenti", "no stopping"], watch: ["sampah", "litter"], road: ["genangan di jalan", "water on the road"],
  create: ["dibuat", "created"], raise: ["dinaikkan", "raised"], confirm: ["dibenarkan", "confirmed"], assign: ["ditugaskan", "assigned"], accept: ["diterima", "accepted"],
  decline: ["dikembalikan", "declined"], arrive: ["tiba di lokasi", "arrived"], pause: ["ditunda", "paused"], resume: ["dilanjutkan", "resumed"],
  koordinasi: ["instansi lain diminta ikut (koordinasi)", "another agency asked to join"], disposisi: ["disposisi", "passed on"], not_mine: ["dialihkan: bukan wewenang", "passed on: not theirs"], refer: ["dikembalikan ke operator", "referred to the operators"],
  follow: ["digabung", "follows another task"], unfollow: ["dipisah lagi", "on its own again"], movePriority: ["prioritas diubah", "priority changed"], moveNote: ["catatan", "note"], parent_resolve: ["tugas induk diselesaikan", "parent task resolved"], parent_verify: ["tugas induk diperiksa", "parent task verified"], parent_dismiss: ["tugas induk ditutup", "parent task dismissed"], parent_reopen: ["tugas induk dibuka lagi", "parent task reopened"], following: ["mengikuti tugas lain", "follows another task"],
  verify: ["diperiksa", "verified"], reopen: ["dibuka lagi", "reopened"], dismiss: ["ditutup", "dismissed"], late: ["terlambat", "overdue"], escalate: ["dinaikkan ke atasan", "escalated"], overdueMove: ["terlambat", "overdue"],
  move_resolve: ["diselesaikan", "resolved"], confirmed: ["dibenarkan operator", "confirmed by an operator"], false_alarm: ["peringatan keliru", "false alarm"],
  report: ["Lapor", "Report"], what: ["Apa yang terjadi?", "What is wrong?"], words: ["Keterangan singkat", "A few words"], photo: ["Foto (jika ada)", "Photo (if you have one)"],
  where: ["Di mana?", "Where?"], placeHere: ["Pakai lokasi saya", "Use my position"], placeMap: ["Pakai tengah peta", "Use the map's middle"],
  placeHint: ["Atau lampirkan foto yang menyimpan lokasi.", "Or add a photo that carries its place."], placeRefused: ["Lokasi tidak didapat.", "The position is not known."],
  send: ["Kirim laporan", "Send the report"], sending: ["Mengirim…", "Sending…"], followHint: ["Simpan alamat ini untuk melihat perkembangannya:", "Keep this address to see how it goes:"], followLink: ["Ikuti laporan", "Follow the report"],
};

let language = localStorage.getItem("siaga-language") || (navigator.language.startsWith("en") ? "en" : "id");

export const currentLanguage = () => language;

export function setLanguage(wanted) {
  language = wanted === "en" ? "en" : "id";
  localStorage.setItem("siaga-language", language);
}

// The words of a key with {holes} filled; an unknown key is shown as it is, so that new server words are not lost.
export function say(key, holes = {}) {
  const pair = WORDS[key];
  const text = pair ? pair[language === "en" ? 1 : 0] : String(key).replaceAll("_", " ");
  return text.replace(/\{(\w+)\}/g, (_, name) => holes[name] ?? "");
}

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: 0 }).format(value);

export function spokenSpan(seconds) {
  const size = Math.abs(seconds);
  const [value, unit] = size < 90 ? [Math.round(size), "second"] : size < 5400 ? [Math.round(size / 60), "minute"]
    : size < 172800 ? [Math.round(size / 3600), "hour"] : [Math.round(size / 86400), "day"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

export function ago(at, now = Date.now()) {
  const seconds = (now - Date.parse(at)) / 1000;
  const size = Math.abs(seconds);
  const [value, unit] = size < 90 ? [seconds, "second"] : size < 5400 ? [seconds / 60, "minute"]
    : size < 172800 ? [seconds / 3600, "hour"] : [seconds / 86400, "day"];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-Math.round(value), unit);
}

export const clockTime = (at) =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
