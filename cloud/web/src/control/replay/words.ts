// Words of the replay of the control room.

import { words } from "../../words/language";

export const translate = words({
  replay: ["Putar ulang", "Replay"],
  replayHelp: ["Lihat kembali keadaan 24 jam terakhir", "Look at the last 24 hours again"],
  time: ["Waktu yang dilihat", "Time that is shown"],
  seeing: ["Anda melihat keadaan pukul {t}, bukan sekarang.", "You see {t}, not now."],
  loading: ["Memuat keadaan pukul {t}…", "Loading {t}…"],
  now: ["Kembali ke sekarang", "Back to now"],
  play: ["Putar", "Play"],
  pause: ["Jeda", "Pause"],
  speed: ["Kecepatan", "Speed"],
  speedOf: ["{n} mnt/detik", "{n} min/s"],
  earlier: ["10 menit sebelumnya", "10 minutes earlier"],
  later: ["10 menit berikutnya", "10 minutes later"],
  noDeeds: [
    "Ini keadaan yang lalu: tidak ada yang dapat diubah di sini. Kembali ke sekarang untuk bertindak.",
    "This is the past: nothing can be changed here. Go back to now to act.",
  ],
  unknown: [
    "Tidak tersimpan untuk waktu ini. Bukan berarti tidak ada apa-apa.",
    "Nothing was stored for this time. That does not mean that nothing happened.",
  ],
  neverStored: ["Ini tidak disimpan untuk waktu yang lalu.", "This is not stored for past times."],
  notOpenThen: ["Kejadian ini tidak terbuka saat itu.", "This incident was not open then."],
  certaintyUnknown: [
    "kepastian tidak tersimpan: bergantung pada petugas di tempat",
    "certainty not stored: it depended on an officer there",
  ],
  stateThen: ["Keadaan saat itu", "How it stood then"],
  imageAt: ["Gambar bukti pukul {t}", "Evidence image of {t}"],
  noImage: [
    "Tidak ada gambar tersimpan dari jam sebelum waktu ini.",
    "No image is stored from the hour before this time.",
  ],
  limitsNow: [
    "Nama, letak, dan batas siaga adalah yang berlaku sekarang.",
    "Names, places and limits are those of now.",
  ],
});
