// Words of drawing zones.

import { serverWords, words } from "../../words/language";

export const translate = words({
  title: ["Zona kamera {name}", "Zones of camera {name}"],
  back: ["Semua lokasi", "All sites"],
  help: [
    "Pilih jenis, lalu ketuk sudut-sudutnya pada gambar. Titik dapat digeser, ditambah dan dihapus.",
    "Choose a kind, then tap its corners on the image. Points can be moved, added and removed.",
  ],
  keys: [
    "Papan ketik: Tab ke titik, panah menggeser (Shift: jauh), + menambah titik, Delete menghapus, Ctrl+Z membatalkan. Saat menggambar: panah menggerakkan silang, Spasi menaruh titik, Enter selesai, Esc batal.",
    "Keyboard: Tab to a point, arrows move it (Shift: far), + adds a point, Delete removes, Ctrl+Z undoes. While drawing: arrows move a cross, Space sets a point, Enter is done, Esc gives up.",
  ],
  imageOf: ["Gambar kamera {name} dengan zonanya", "Image of camera {name} with its zones"],
  drawNew: ["Gambar baru:", "Draw a new:"],
  done: ["Selesai", "Done"],
  giveUp: ["Batalkan gambar ini", "Give this one up"],
  tapHere: ["Ketuk sudut berikutnya. Sekurangnya tiga.", "Tap the next corner. Three at least."],
  undo: ["Urungkan", "Undo"],
  redo: ["Ulangi", "Redo"],
  shapes: ["Zona dan tutup", "Zones and masks"],
  noShapes: ["Belum ada yang digambar.", "Nothing is drawn yet."],
  point: ["Titik {n} dari {name}", "Point {n} of {name}"],
  half: ["Tambah titik setelah titik {n}", "Add a point after point {n}"],
  removePoint: ["Hapus titik ini", "Remove this point"],
  addPoint: ["Tambah titik", "Add a point"],
  removeShape: ["Hapus {name}", "Remove {name}"],
  kind: ["Jenis", "Kind"],
  name: ["Nama zona", "Name of the zone"],
  nameHint: ["huruf kecil, angka, tanda hubung", "small letters, digits, hyphens"],
  mask: ["Tutup", "Mask"],
  maskNote: [
    "Bagian ini hitam di setiap gambar. Tutup dari perangkat sendiri selalu tetap.",
    "This part is black in every image. The node's own masks always stay.",
  ],
  allowed: ["Boleh berhenti (menit)", "Allowed to stay (minutes)"],
  minArea: ["Ukuran terkecil (% zona)", "Smallest size (% of the zone)"],
  flooded: ["Banjir mulai (% di bawah air)", "Flooded from (% under water)"],
  clear: ["Surut di bawah (%)", "Clear below (%)"],
  byNode: ["kosong: seperti di perangkat", "empty: as the node has it"],
  hours: ["Jam berlaku", "Active hours"],
  allDay: ["Sepanjang hari", "All day"],
  from: ["dari", "from"],
  to: ["sampai", "to"],
  addHours: ["Tambah jam", "Add hours"],
  removeHours: ["Hapus jam ini", "Remove these hours"],
  save: ["Simpan dan kirim ke perangkat", "Save and send to the node"],
  mend: ["Perbaiki yang bertanda merah dulu", "Mend what is marked red first"],
  saved: ["Tersimpan; sedang dikirim ke perangkat", "Saved; being sent to the node"],
  requestSnapshot: ["Minta gambar baru", "Request a new snapshot"],
  snapshotRequested: ["Gambar baru diminta dari perangkat", "A snapshot was requested from the node"],
  snapshotUnavailable: ["Kamera ini tidak dapat diminta sekarang", "No snapshot can be requested now"],
  capturedAt: ["Gambar dari {t}", "Snapshot of {t}"],
  noSnapshot: [
    "Belum ada gambar dari kamera ini. Menggambar tetap bisa; titik adalah bagian dari lebar dan tinggi.",
    "There is no snapshot of this camera yet. Drawing works all the same; points are shares of width and height.",
  ],
  rolloutState: ["Sampai di perangkat", "At the node"],
  drawnBy: ["digambar {who}, {t}", "drawn by {who}, {t}"],
  version: ["konfigurasi {n}", "configuration {n}"],
});

export const kindWords = serverWords({
  road: ["Jalan (banjir)", "Road (flooding)"],
  no_stopping: ["Dilarang berhenti", "No stopping"],
  watch: ["Pantau sampah", "Trash watch"],
  mask: ["Tutup (privasi)", "Mask (privacy)"],
});

export const problemWords = serverWords({
  tooFew: ["Sekurangnya tiga titik", "Three points at least"],
  crosses: ["Garisnya saling memotong", "Its lines cross"],
  flat: ["Semua titik pada satu garis", "All points are on one line"],
  noName: ["Nama: huruf kecil, angka, tanda hubung", "Name: small letters, digits, hyphens"],
  twice: ["Nama ini sudah dipakai", "This name is taken"],
});

export const stateWords = serverWords({
  none: ["belum digambar di sini", "not drawn here yet"],
  no_box: ["tersimpan; kamera ini belum punya perangkat", "saved; this camera has no node"],
  waiting: ["menunggu ditandatangani dan dikirim", "waits to be signed and sent"],
  problem: ["tidak dapat dikirim", "could not be sent"],
  sent: ["terkirim, menunggu jawaban perangkat", "sent, waiting for the node"],
  trial: ["dipakai, sedang diuji perangkat", "runs, on trial at the node"],
  applied: ["berlaku di perangkat", "applied on the node"],
  refused: ["ditolak perangkat", "refused by the node"],
  rolled_back: ["dikembalikan perangkat", "rolled back by the node"],
});
