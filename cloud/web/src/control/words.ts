// Words of the pages under /control.

import { serverWords, words } from "../words/language";

export const translate = words({
  title: ["Ruang kendali", "Control room"],
  incidents: ["Kejadian", "Incidents"],
  gauges: ["Pintu air", "Gauges"],
  tasks: ["Tugas", "Tasks"],
  coverage: ["Cakupan", "Coverage"],
  cameras: ["Kamera", "Cameras"],
  officers: ["Petugas", "Officers"],
  lists: ["Daftar", "Lists"],
  open: ["kejadian terbuka", "open incidents"],
  overdue: ["tugas lewat tenggat", "tasks overdue"],
  blind: ["kamera tidak melihat", "cameras do not see"],
  silent: ["pos pantau tanpa kabar", "gauges unknown"],
  down: ["perangkat terputus", "nodes disconnected"],
  missing: ["pesan tertunda", "messages missing"],
  stormOff: ["Mode badai: mati", "Storm mode: off"],
  stormOn: ["Mode badai: menyala", "Storm mode: on"],
  beginStorm: ["Nyalakan mode badai", "Begin storm mode"],
  endStorm: ["Matikan mode badai", "End storm mode"],
  beginStormHelp: [
    "Pemberitahuan di seluruh kota digabung per wilayah dan jenis kejadian, supaya ponsel petugas tidak penuh. Yang paling mendesak tetap dikirim seketika, dan tidak ada yang hilang.",
    "Notifications in the whole city are grouped by area and kind, so that officers' phones are not flooded. The most urgent are still sent at once, and nothing is lost.",
  ],
  endStormHelp: [
    "Pemberitahuan dikirim satu per satu lagi. Kalau masih banyak, ponsel petugas bisa penuh.",
    "Notifications are sent one by one again. If there are still many, they will flood officers' phones.",
  ],
  stormAlone: [
    "Mode ini juga menyala dan mati sendiri menurut banyaknya pemberitahuan. Pilihan Anda tercatat dan didahulukan untuk sementara.",
    "The mode also begins and ends by itself with the number of notifications. Your choice is recorded and has priority for a while.",
  ],
  stormBegan: ["Mode badai menyala.", "Storm mode is on."],
  stormEnded: ["Mode badai mati.", "Storm mode is off."],
  stormReason: ["dari ruang kendali", "from the control room"],
  chosen: ["Yang dipilih", "What is chosen"],
  choose: [
    "Pilih kejadian, pintu air, atau kamera di mana pun di layar ini untuk melihat alasannya dan bertindak.",
    "Choose an incident, gauge or camera anywhere on this screen to see why it is believed, and to act.",
  ],
  leave: ["Kembali ke ringkasan", "Back to the overview"],
  // What needs somebody now
  needs: ["Perlu dilihat sekarang", "Needs you now"],
  all: ["Lihat semua ({n})", "See all ({n})"],
  highWater: ["Air tinggi", "High water"],
  calmWater: ["Air normal di {n} pos pantau.", "The water is normal at {n} gauges."],
  calmAndUnknown: [
    "{n} pos pantau tanpa kabar: tinggi air di sana tidak diketahui. {calm} lainnya normal.",
    "{n} gauges give no word: the level there is not known. {calm} others are normal.",
  ],
  noWater: [
    "Belum ada pos pantau yang memberi kabar: tinggi air tidak diketahui.",
    "No gauge gives word, so how high the water stands is not known.",
  ],
  deadToo: [
    "{n} pos pantau lain tanpa kabar: di sana tinggi air tidak diketahui.",
    "{n} other gauges give no word: the level there is not known.",
  ],
  flooded: ["Wilayah banjir", "Flooded areas"],
  undecided: ["Menunggu keputusan", "Waiting for a decision"],
  noneUndecided: ["Tidak ada yang menunggu keputusan.", "Nothing waits for a decision."],
  moreAreas: ["dan {n} wilayah lagi, tampak di peta", "and {n} more, shown on the map"],
  unverified: ["Hasil menunggu disetujui", "Work waiting to be accepted"],
  overdueTasks: ["Tugas lewat tenggat", "Overdue tasks"],
  noneOverdue: ["Tidak ada tugas yang lewat tenggat.", "No task is overdue."],
  lost: ["Kabar terputus", "Gone silent"],
  why: ["Mengapa dipercaya?", "Why is it believed?"],
  whyHelp: [
    "Tiap sumber menambah keyakinan sebesar bobotnya; sumber yang sama dihitung sekali.",
    "Each source adds to the confidence by its weight; the same source counts once.",
  ],
  independent: ["{n} sumber mandiri", "{n} independent sources"],
  reportedBy: ["Dari: {who}", "Reported by: {who}"],
  confirm: ["Benar", "Confirm"],
  confirmHelp: [
    "“Benar”: kejadian ini nyata. Tercatat, dan sumbernya lebih dipercaya.",
    "“Confirm”: it is real. That goes on record, and its sources are believed more.",
  ],
  confirmOfTask: [
    "“Benar”: kejadian ini nyata, tercatat, dan tugasnya diteruskan ke dinas.",
    "“Confirm”: it is real. That goes on record, and its task is passed on to the agency.",
  ],
  confirmed: ["Dibenarkan dan tercatat.", "Confirmed and on record."],
  falseAlarm: ["Keliru", "False alarm"],
  falseAlarmHelp: [
    "Kejadian ditolak dan keluar dari daftar; sumbernya kurang dipercaya. Dapat dibuka lagi.",
    "The incident is rejected and leaves the list; its sources are believed less. It can be opened again.",
  ],
  falseAlarmOfTask: [
    "Kejadian ditolak dan tugasnya dibatalkan: petugas tidak perlu datang, pelapor diberi tahu, dan sumbernya kurang dipercaya. Dapat dibuka lagi.",
    "The incident is rejected and its task is called off: nobody needs to come, the reporters are notified, and its sources are believed less. It can be opened again.",
  ],
  rejected: ["Ditolak sebagai keliru; tercatat.", "Rejected as a false alarm; on record."],
  merge: ["Gabung…", "Merge…"],
  mergeHelp: [
    "Semua sumber kejadian ini pindah ke kejadian yang dipilih, dan hanya itu yang tinggal di daftar. Dapat dibatalkan.",
    "All sources of this incident move into the one chosen, and only that one stays in the list. It can be undone.",
  ],
  merged: ["Digabung; tercatat.", "Merged; on record."],
  mergeInto: ["Gabung ke kejadian", "Merge into incident"],
  noneNear: ["Tidak ada kejadian lain yang terbuka.", "There is no other open incident."],
  split: ["Pisahkan yang dicentang", "Split those ticked"],
  tick: ["Pilih untuk dipisah", "Tick to split off"],
  splitHelp: [
    "Sumber yang dicentang menjadi kejadian sendiri; keyakinan keduanya dihitung ulang. Dapat dibatalkan.",
    "Those ticked become an incident of their own; the confidence of both is computed again. It can be undone.",
  ],
  closeIt: ["Selesai", "It is over"],
  closeHelp: [
    "Kejadian dianggap selesai dan keluar dari daftar. Dapat dibuka lagi.",
    "The incident counts as over and leaves the list. It can be opened again.",
  ],
  closeNotYet: [
    "Tugasnya masih berjalan. Kejadian selesai dengan sendirinya bila petugas menyelesaikan tugas, atau bila tugas itu dibatalkan.",
    "Its task is still under way. The incident is over by itself when an officer finishes the task, or when it is called off.",
  ],
  understood: ["Mengerti", "I see"],
  closed: ["Kejadian selesai; tercatat.", "The incident is over; on record."],
  reopen: ["Buka lagi", "Open again"],
  reopenHelp: [
    "Kejadian kembali ke daftar, dan tugas terakhirnya dibuka lagi.",
    "The incident is back in the list, and its last task is open again.",
  ],
  reopened: ["Dibuka lagi; tercatat.", "Open again; on record."],
  reason: ["Alasan (masuk catatan)", "Reason (goes on record)"],
  note: ["Catatan", "Note"],
  work: ["Tugas #{n}", "Task #{n}"],
  noTask: ["Belum ada tugas.", "There is no task yet."],
  dispatch: ["Kirim petugas terdekat", "Send the nearest officer"],
  dispatchOther: ["Ganti dengan yang terdekat", "Send the nearest instead"],
  sent: ["Tugas dikirim ke {name}.", "The task was sent to {name}."],
  assignTo: ["Kirim ke dinas", "Send to an agency"],
  assignee: ["Petugas", "Officer"],
  agency: ["Dinas", "Agency"],
  state: ["Keadaan", "State"],
  deadline: ["Tenggat", "Deadline"],
  proof: ["Bukti", "Proof"],
  history: ["Riwayat", "History"],
  changes: ["Perubahan kejadian", "Changes of the incident"],
  undo: ["Batalkan perubahan", "Undo"],
  undoHelp: [
    "Keadaan sebelum perubahan ini kembali; pembatalannya juga tercatat.",
    "How it was before this change is put back; undoing goes on record too.",
  ],
  before: ["sebelum", "before"],
  after: ["sesudah", "after"],
  number: ["No.", "No."],
  kind: ["Jenis", "Kind"],
  area: ["Wilayah", "Area"],
  priority: ["Utama", "Priority"],
  noTasks: ["Tidak ada tugas yang berjalan.", "No task is under way."],
  sees: ["memantau", "watching"],
  noneBlind: ["Semua pos pantau dan kamera memberi kabar.", "All gauges and cameras give word."],
  node: ["Perangkat", "Node"],
  lastContact: ["Terakhir melapor", "Last contact"],
  waiting: ["Antrean", "Waiting"],
  noneOpen: ["Tidak ada kejadian terbuka.", "No incident is open."],
  full: ["Halaman kejadian", "Page of the incident"],
  done: ["Tercatat.", "On record."],
  noNumber: ["Tidak ada kejadian nomor {n}.", "There is no incident number {n}."],
  // Cameras
  snapshotOf: [
    "Gambar terbaru {name}, wajah dan pelat disamarkan",
    "Newest snapshot of {name}, faces and plates hidden",
  ],
  requesting: ["Meminta gambar…", "Requesting a snapshot…"],
  noSnapshot: ["Belum ada gambar.", "No snapshot yet."],
  blindNow: ["Tidak melihat: tak berarti aman.", "Does not see: that is not “clear”."],
  masked: ["Disembunyikan.", "Hidden."],
  maskedSince: ["disembunyikan {t}", "hidden {t}"],
  findCamera: ["Cari kamera", "Find a camera"],
  nearestFirst: ["Yang terdekat dengan kejadian terpilih dahulu", "Nearest to the chosen incident first"],
  noCamera: ["Tidak ada kamera seperti itu.", "There is no such camera."],
  before12: ["Sebelumnya", "Before"],
  next12: ["Berikutnya", "Next"],
  zones: ["Zona", "Zones"],
  onNode: ["bentuknya hanya ada di perangkat", "its shape is known to the node only"],
  nodeOnline: ["terhubung", "connected"],
  nodeOffline: ["terputus", "cut off"],
  live: ["LANGSUNG", "LIVE"],
  liveUntil: ["Langsung, {t} lagi. Tercatat siapa yang menonton.", "Live for {t} more. Who watches is on record."],
  watch: ["Lihat langsung", "Watch live"],
  watchHelp: [
    "Siaran langsung {t} dengan wajah dan pelat disamarkan. Siapa yang melihat tercatat.",
    "Live for {t}, with faces and plates hidden. Who watches goes on record.",
  ],
  cutOffHelp: [
    "Perangkatnya terputus: kamera tidak dapat dilihat atau diminta memeriksa sekarang.",
    "Its node is disconnected: the camera cannot be watched or checked now.",
  ],
  requestRecheck: ["Minta kamera memeriksa", "Request a camera recheck"],
  lookFor: ["Memeriksa apa?", "Check for what?"],
  lookHelp: [
    "Kamera memeriksa beberapa detik, lalu menjawab: bersih, masih ada, atau tidak dapat melihat. Jawabannya muncul di sini; tidak ada yang berubah.",
    "The camera checks for some seconds and answers: clear, still there, or cannot see. The answer is shown here; it changes nothing.",
  ],
  looks: ["Jawaban kamera", "What it answered"],
  recheckImage: ["Gambar yang dilihat kamera", "The image that the camera saw"],
  water: ["{n} jalan tergenang", "{n} of the road under water"],
  mask: ["Sembunyikan kamera", "Hide the camera"],
  unmask: ["Tampilkan lagi", "Show it again"],
  maskHelp: [
    "Gambarnya tidak diperlihatkan kepada siapa pun dan kabarnya tidak dipercaya, sampai ditampilkan lagi. Selama itu tempat ini terhitung tidak terlihat.",
    "Its images are shown to nobody and its reports are not believed, until it is shown again. Meanwhile this place counts as not seen.",
  ],
  unmaskHelp: [
    "Gambarnya tampak dan kabarnya dipercaya lagi mulai sekarang.",
    "Its images are shown and its reports are believed again from now on.",
  ],
  accuracy: ["Ketepatan kamera", "Accuracy of the camera"],
  judgeSample: ["Nilai gambar contoh", "Judge images of the sample"],
  precision: ["benar dari yang dinilai", "right of those judged"],
  recall: ["terlihat dari yang ada", "noticed of those there"],
  countOf: ["{n} dari {of}", "{n} of {of}"],
  notKnownYet: ["belum diketahui", "not known yet"],
  noOwnTasks: [
    "{hazard}: terlalu sering salah, jadi sejak {t} tidak ada tugas dari kamera ini saja. Operator menilai lebih dahulu.",
    "{hazard}: wrong too often, so since {t} this camera alone creates no tasks. An operator judges first.",
  ],
  record: ["Siapa melihat, siapa menyembunyikan", "Who looked, who hid it"],
  images: ["gambar", "images"],
  // Gauges
  noGauge: ["Pos pantau ini tidak dikenal.", "This gauge is not known."],
  hydrograph: ["Tinggi air di {name}, sehari terakhir dan ke depan", "Level at {name}, last day and ahead"],
  noReadings: ["Belum ada bacaan.", "No readings yet."],
  below: ["Di hilirnya", "Downstream"],
  gaugePage: ["Halaman pos pantau", "Page of the gauge"],
  deadSince: ["Kabar terakhir {t}", "Last word {t}"],
  neverSpoke: ["Belum pernah memberi kabar", "Never gave word"],
  notDry: [
    "Ini bukan air surut: tinggi air sekarang tidak diketahui.",
    "This is not low water: the level is not known.",
  ],
  // Officers
  lastSeen: ["Terlihat", "Last seen"],
  load: ["Tugas", "Tasks"],
  noPosition: ["posisi belum ada", "no position"],
  nobodyOnDuty: ["Tidak ada petugas yang bertugas.", "Nobody is on duty."],
  lookOnRecord: ["Posisi petugas: setiap kali dilihat, tercatat.", "Officers' positions: each look is on record."],
  onlyWhoAgreed: [
    "Hanya petugas yang setuju bahwa pimpinan melihat posisinya.",
    "Only officers who agreed that leaders see their position.",
  ],
  // Coverage
  calmGauges: ["Air normal", "Water normal"],
  highGauges: ["Air tinggi", "Water high"],
  deadGauges: ["Tanpa kabar", "No word"],
  dryOrDead: [
    "Pos pantau tanpa kabar bukan berarti air surut: tinggi air di sana tidak diketahui. Di peta digambar abu-abu dengan tanda tanya.",
    "A gauge without word is not low water: the level there is not known. On the map it is grey, with a question mark.",
  ],
  gaps: ["Tidak terlihat", "Not seen"],
  nodes: ["Perangkat", "Nodes"],
  noHealth: ["belum melapor", "has not reported yet"],
  hangsOn: ["{c} kamera, {g} pos pantau", "{c} cameras, {g} gauges"],
});

export const zoneWords = serverWords({
  road: ["jalan", "road"],
  watch: ["sampah", "trash"],
  no_stopping: ["dilarang berhenti", "no stopping"],
});

export const lookWords = serverWords({
  waiting: ["menunggu jawaban…", "waiting for its answer…"],
  silent: ["tidak menjawab", "did not answer"],
  cleared: ["bersih", "clear"],
  still_there: ["masih ada", "still there"],
  cannot_see: ["tidak dapat melihat", "cannot see"],
});

export const cannotWords = serverWords({
  no_frames: ["tidak ada gambar", "no images"],
  no_such_zone: ["tidak ada zona untuk itu", "no zone for that"],
  no_such_camera: ["perangkat tidak mengenal kamera ini", "its node does not know this camera"],
  infrared: ["malam, tanpa warna", "night, without colour"],
  too_slow: ["perangkat tertinggal", "its node is behind"],
  covered: ["tertutup", "covered"],
  moved: ["bergeser", "moved"],
  frozen: ["gambar beku", "frozen"],
  black: ["gelap", "black"],
  blurred: ["kabur", "blurred"],
  overexposed: ["silau", "overexposed"],
  late: ["terlambat", "too late"],
  busy: ["perangkat sibuk", "its node is busy"],
  no_answer: ["model tidak menjawab", "the models gave no answer"],
});

/** What a button of a task does. */
export const doWords = serverWords({
  confirm: ["Teruskan ke dinas", "Pass on to the agency"],
  verify: ["Setujui hasilnya", "Accept the work"],
  reopen: ["Belum beres, buka lagi", "Not done: open again"],
  dismiss: ["Batalkan tugas", "Call the task off"],
});

/** What was done, for eyes and ears. */
export const doneWords = serverWords({
  assign: ["Tugas dikirim.", "The task was sent."],
  confirm: ["Tugas diteruskan ke dinas.", "The task was passed on to the agency."],
  verify: ["Hasilnya disetujui; tercatat.", "The work was accepted; on record."],
  reopen: ["Tugas dibuka lagi.", "The task is open again."],
  dismiss: ["Tugas dibatalkan.", "The task was called off."],
});

/** What comes of it, shown before it is done. */
export const helpWords = serverWords({
  reopen: [
    "Tugas kembali ke petugas atau dinasnya dengan alasan ini, kejadiannya terbuka lagi, dan pelapor diberi tahu.",
    "The task goes back to its officer or agency with this reason, its incident is open again, and the reporters are notified.",
  ],
  dismiss: [
    "Petugas tidak perlu datang, kejadiannya ditolak sebagai keliru, dan pelapor diberi tahu. Dapat dibuka lagi.",
    "Nobody needs to come, its incident is rejected as a false alarm, and the reporters are notified. It can be opened again.",
  ],
});

export const changeWords = serverWords({
  merge: ["digabung", "merged"],
  split: ["dipisah", "split"],
  close: ["ditutup", "closed"],
  reopen: ["dibuka lagi", "opened again"],
  undo: ["dibatalkan", "undone"],
});
