// Words of the operators' inbox.

import { serverWords, words } from "../words/language";

export const translate = words({
  title: ["Pesan warga yang belum jelas", "Messages that are not clear"],
  intro: [
    "Jenis atau tempatnya belum pasti, atau tentang laporan yang sudah ada. Setiap pembukaan dicatat.",
    "Their kind or place is not sure, or they are about a report that there is already. Each look goes on record.",
  ],
  nothing: ["Tidak ada pesan yang menunggu.", "No message is waiting."],
  refresh: ["Muat lagi", "Refresh"],
  open: ["Periksa", "Look at it"],
  shut: ["Tutup", "Shut"],
  from: ["dari {who}", "from {who}"],
  kind: ["Jenis kejadian", "What it is"],
  choose: ["– pilih –", "– choose –"],
  meant: ["Mungkin maksudnya", "It may mean"],
  move: ["Atau geser peta, lalu pakai tempat di bawah tanda.", "Or move the map, then use the place under the pin."],
  useMiddle: ["Pakai tempat di bawah tanda", "Use the place under the pin"],
  placeIs: ["Tempat: {lat}, {lon}", "Place: {lat}, {lon}"],
  noPlace: ["Tempat belum dipilih", "No place chosen yet"],
  makeReport: ["Jadikan laporan", "Make it a report"],
  made: ["Menjadi laporan. Pengirim diberi tahu.", "It is a report now. The sender is notified."],
  reason: ["Mengapa bukan laporan?", "Why is it no report?"],
  reject: ["Bukan laporan", "No report"],
  read: ["Sudah dibaca", "Read"],
  readReason: ["sudah dibaca operator", "read by an operator"],
  rejected: ["Tercatat.", "On record."],
});

const WHY = serverWords({
  "category: unsure": ["jenis belum pasti", "kind not sure"],
  "category: over": ["katanya sudah selesai", "says that it is over"],
  "category: denied": ["katanya tidak ada apa-apa", "says that there is nothing"],
  "category: asked": ["hanya bertanya", "only asks"],
  "category: no words": ["tidak ada kata yang dikenal", "no words that are known"],
  "place: unsure": ["tempat belum pasti", "place not sure"],
  "place: none named": ["tanpa tempat", "no place named"],
  "asked for": ["diminta pengirim", "the sender asked for it"],
});

const about = words({
  report: ["tentang laporan {n}", "about report {n}"],
  closed: ["di sana sudah ditutup", "closed there"],
  open: ["di sana masih terbuka", "open there"],
});

/** Why a message waits, as the server states it in keys. */
export function whyWords(why: string): string {
  return why.split(", ").map(partWords).join(" · ");
}

function partWords(part: string): string {
  const number = /^about report (\S+)$/.exec(part)?.[1];
  if (number) return about("report", { n: number.slice(0, 8) });
  if (part === "which is closed there") return about("closed");
  if (part === "which is open there") return about("open");
  return WHY(part);
}
