// Words by which a text is recognised as English or Indonesian. Names of places and agencies are not compared.
const ENGLISH = `the of and by now today no not none unknown seconds second minutes minute hours hour days day weeks week months
  month years year ago data open closed overdue late late gauge gauges cameras camera tasks task reports report levels level share
  since until left right name area agency stage severe moderate minor caution alert alerts warning water flooding areas under
  trash other online offline milliseconds milliseconds sees seen never verified resolved assigned accepted paused most worst more
  forecast rate rise highest lowest from to in with without for what where when who over all older oldest median count number`;
const INDONESIAN = `yang dan di ke dari dalam tidak tak pos kamera tugas laporan jam menit detik hari minggu bulan tahun wilayah dinas
  tingkat berat sedang ringan tenggat lewat terbuka tertutup belum sudah menunggu sejak sampai selama kini sekarang semua
  lagi terbanyak terburuk banjir sampah tergenang diketahui melihat terputus tersambung ditugaskan diterima selesai terverifikasi
  tinggi muka air prakiraan laju naik turun puncak pukul sisa menuju jumlah bagian nama kanal dtk mnt aman bahaya waspada
  terlambat terlama tertua dengan tanpa untuk apa mana kapan siapa atau beberapa tunggu pelapor kejadian insiden`;
const words = { en: new Set(ENGLISH.split(/\s+/)), id: new Set(INDONESIAN.split(/\s+/)) };
// Written alike in both.
for (const same of ["data", "median", "level", "no", "in", "to"]) {
  words.en.delete(same);
  words.id.delete(same);
}
words.id.delete("air");
const proper = new Set();
/** Names of places and agencies in the answers, which are alike in both languages. */
export function name(text) {
  if (text) proper.add(text);
}
// What things are called by their makers.
for (const brand of ["Open311", "SP4N-LAPOR!"]) name(brand);

let pattern;
let known = 0;
/** The words of a text that belong to the other language. */
export function foreign(text, language) {
  const other = words[language === "id" ? "en" : "id"];
  let rest = String(text);
  if (!pattern || known !== proper.size) {
    known = proper.size;
    const longestFirst = [...proper].sort((one, two) => two.length - one.length);
    pattern = new RegExp(longestFirst.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"), "g");
  }
  rest = rest.replace(pattern, " ");
  return [...new Set(rest.toLowerCase().match(/[a-z]+/g) ?? [])].filter((word) => other.has(word));
}
