// Words of a demo: its band, its accounts, its tour.

import { serverWords, words } from "../words/language";

export const translate = words({
  band: ["SIMULASI: bukan keadaan nyata.", "SIMULATION: not a real situation."],
  bandSpeed: [
    "SIMULASI: bukan keadaan nyata. Sungai mengalir {n} kali lebih cepat.",
    "SIMULATION: not a real situation. The river runs {n} times faster.",
  ],
  stands: ["Cerita dijeda.", "The story stands."],
  faster: [
    "Cerita berjalan {n} kali lebih cepat: laju air dan prakiraan belum benar.",
    "The story runs {n} times faster: rates of the water and forecasts are not right.",
  ],
  story: ["Demo", "Demo"],
  demoTitle: ["Demo", "The demo"],
  controlsTitle: ["Jalan cerita", "The story"],
  controlsIntro: [
    "Jeda, percepat, pindah bab, atau rusak sesuatu, dan baca e-mail serta pesan yang dikirim kota.",
    "Pause, run faster, go to a chapter or break something, and read the e-mails and messages that the city sent.",
  ],
  controlsOpen: ["Buka pengendali cerita", "Open the controls of the story"],
  runs: ["Cerita berjalan dengan kecepatan biasa.", "The story runs at normal speed."],
  expand: ["Lihat", "Show"],
  collapse: ["Ringkas", "Hide"],
  tour: ["Tur", "Tour"],
  enterTitle: ["Demo: masuk tanpa kata sandi", "Demo: enter without a password"],
  enterIntro: [
    "Hanya di demo, dan hanya di komputer ini. Pilih peran:",
    "Only in a demo, and only on this computer. Choose a role:",
  ],
  console: [
    "Jalan cerita, e-mail dan pesan yang dikirim, dan yang boleh dirusak",
    "The clock of the story, e-mails and messages that were sent, and things to break",
  ],
  enterAs: ["Masuk", "Enter"],
  entering: ["Sedang masuk ...", "Entering ..."],
  step: ["Langkah {n} dari {of}", "Step {n} of {of}"],
  open: ["Buka", "Open"],
  next: ["Berikutnya", "Next"],
  dismiss: ["Tutup tur", "Close the tour"],
  tourTitle: ["Tur demo", "Tour of the demo"],
  water: [
    "Halaman depan untuk warga: apakah air akan datang, dan di mana. Pilih satu pos pantau untuk melihat prakiraannya.",
    "The front page for citizens: is the water coming, and where. Choose a gauge to see its forecast.",
  ],
  map: [
    "Peta kota: pos pantau, wilayah tergenang, dan kejadian. Ketuk satu tanda untuk membacanya.",
    "The map of the city: gauges, flooded areas and incidents. Choose a mark to read about it.",
  ],
  report: [
    "Warga melapor dalam tiga langkah, juga tanpa sinyal. Coba kirim satu laporan, lalu ikuti.",
    "A citizen reports in three steps, also without a signal. Send a report, then follow it.",
  ],
  control: [
    "Operator melihat kejadian menurut kegentingan. Pilih satu untuk melihat sumbernya dan seberapa kuat masing-masing.",
    "The operator sees incidents by urgency. Choose one to see its sources and how strong each is.",
  ],
  cameras: [
    "Gambar terakhir semua kamera, orang dan pelat disamarkan. Pilih satu untuk melihat langsung selama satu menit.",
    "The latest snapshot of every camera, people and plates redacted. Choose one to look live for a minute.",
  ],
  officer: [
    "Petugas menerima tugas, berangkat, dan membuktikan hasilnya dengan foto.",
    "An officer accepts a task, sets off and proves the result with a photo.",
  ],
  heads: [
    "Lurah melihat wilayahnya sendiri: tugas, petugas, dan peringkat.",
    "The head of an area sees the own area: tasks, officers and ranks.",
  ],
  admin: [
    "Admin mengatur perangkat, kamera, kebijakan, dan akun; jejak audit mencatat semuanya.",
    "The administrator manages nodes, cameras, the policy and accounts; the audit log records it all.",
  ],
});

/** What each role is for, in a table of accounts. */
export const purposeOf = serverWords({
  operator: ["ruang kendali: kejadian, kamera, tugas", "control room: incidents, cameras, tasks"],
  officer: ["tugas di lapangan, dengan foto bukti", "tasks in the street, with proof photos"],
  area_head: ["wilayah sendiri: tugas dan petugas", "the own area: tasks and officers"],
  agency_head: ["dinas sendiri: tugas dan petugas", "the own agency: tasks and officers"],
  leader: ["seluruh kota, untuk dilihat", "the whole city, to look at"],
  admin: ["perangkat, kebijakan, akun", "nodes, policy, accounts"],
});
