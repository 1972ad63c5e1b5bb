// Words of the webhooks of other systems and of trying them.

import { words } from "../../words/language";

export const translate = words({
  intro: [
    "Sistem lain yang menerima kejadian, tugas, dan perubahan status siaga. Kirim kejadian uji untuk melihat jawabannya.",
    "Other systems that receive incidents, tasks and changes of stage. Send a test event to see what they answer.",
  ],
  none: [
    "Belum ada sistem lain yang berlangganan. Program mendaftar lewat POST /api/v1/admin/webhooks.",
    "No other system is subscribed. Programs subscribe by POST /api/v1/admin/webhooks.",
  ],
  address: ["Alamat", "Address"],
  events: ["Kejadian", "Events"],
  lastSent: ["Terakhir diterima", "Last accepted"],
  waiting: ["Menunggu", "Waiting"],
  failed: ["Gagal", "Failed"],
  isOff: ["dimatikan: {reason}", "switched off: {reason}"],
  isOn: ["menyala", "on"],
  sendTest: ["Kirim uji", "Send a test"],
  sending: ["Mengirim kejadian uji ke {url}…", "Sending a test event to {url}…"],
  accepted: ["{url} menjawab {status}: diterima.", "{url} answered {status}: accepted."],
  refused: ["{url} menjawab {status}: tidak diterima.", "{url} answered {status}: not accepted."],
  noAnswer: ["{url} tidak menjawab: {error}", "{url} did not answer: {error}"],
  notYet: [
    "Kejadian uji untuk {url} belum dikirim: apakah worker berjalan?",
    "The test event for {url} was not sent yet: does the worker run?",
  ],
  emptyAnswer: ["Jawabannya kosong.", "The answer was empty."],
});
