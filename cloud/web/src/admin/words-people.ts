// Words of people and agencies.

import { serverWords, words } from "../words/language";

export const say = words({
  usersIntro: [
    "Siapa boleh masuk, dengan peran apa, untuk wilayah atau dinas mana. Melihat daftar ini tercatat.",
    "Who may sign in, in which role, for which area or agency. Looking at this list is on record.",
  ],
  newUser: ["Akun baru", "New account"],
  editUser: ["Ubah {name}", "Edit {name}"],
  search: ["Cari ID, nama atau e-mail", "Search id, name or e-mail"],
  role: ["Peran", "Role"],
  userId: ["ID pengguna", "User id"],
  userIdHint: [
    "huruf kecil, angka, . _ @ -, 2–64; tidak dapat diubah",
    "small letters, digits, . _ @ -, 2–64; it stays",
  ],
  name: ["Nama", "Name"],
  email: ["E-mail", "E-mail"],
  area: ["Wilayah", "Area"],
  agency: ["Dinas", "Agency"],
  noAgency: ["tanpa dinas", "no agency"],
  areaHint: ["ketik sekurangnya dua huruf", "type two letters at least"],
  anotherArea: ["Ganti", "Another"],
  where: ["Di mana", "Where"],
  access: ["Masuk", "Access"],
  active: ["aktif", "active"],
  disabled: ["nonaktif {t}", "disabled {t}"],
  hasPassword: ["sandi", "password"],
  hasOidc: ["akun kota", "city account"],
  noWay: ["belum punya cara masuk", "no way to sign in yet"],
  disable: ["Nonaktifkan", "Disable"],
  enable: ["Aktifkan lagi", "Enable again"],
  disableNote: ["Semua sesi dan token berakhir seketika.", "All sign-ins and tokens end at once."],
  endSessions: ["Akhiri semua sesi", "End all sign-ins"],
  sessionsEnded: ["Semua sesi berakhir", "All sign-ins have ended"],
  reset: ["Sandi baru", "New password"],
  resetNote: [
    "Sandi acak dibuat dan ditampilkan sekali. Semua sesi berakhir; orangnya mengganti sendiri setelah masuk.",
    "A random password is made and shown once. All sign-ins end; the person changes it after signing in.",
  ],
  passwordOnce: ["Sandi ini ditampilkan satu kali saja.", "This password is shown this once."],
  // --- agencies
  agenciesIntro: [
    "Siapa menangani apa. Rute wilayah mengalahkan rute seluruh kota.",
    "Who does what. A route of an area beats the one for everywhere.",
  ],
  newAgency: ["Dinas baru", "New agency"],
  editAgency: ["Ubah {name}", "Edit {name}"],
  agencyId: ["ID dinas", "Agency's id"],
  agencyIdHint: ["huruf kecil, angka, tanda hubung; tidak dapat diubah", "small letters, digits, hyphens; it stays"],
  agencyIdWrong: ["Bukan ID yang boleh: huruf kecil, angka, tanda hubung", "Not an id: small letters, digits, hyphens"],
  colour: ["Warna", "Colour"],
  doesEverywhere: ["Menangani di seluruh kota", "Does everywhere"],
  doesInAreas: ["Menangani di wilayah tertentu", "Does in certain areas"],
  category: ["Kategori", "Category"],
  addRoute: ["Tambah rute wilayah", "Add a route of an area"],
  takeOver: ["Ambil alih yang kini ke dinas lain", "Take over what goes to another now"],
  counts: ["{people} orang, {tasks} tugas berjalan", "{people} people, {tasks} open tasks"],
  nothing: ["tidak menangani apa pun", "does nothing yet"],
  unroutedNow: ["Tanpa dinas: {list}", "Without an agency: {list}"],
  removeAgency: ["Hapus dinas", "Remove the agency"],
  removed: ["Dinas dihapus", "The agency was removed"],
  inArea: ["{category} di {area}", "{category} in {area}"],
});

export const levelWords = serverWords({
  province: ["provinsi", "province"],
  city: ["kota", "city"],
  kecamatan: ["kecamatan", "district"],
  kelurahan: ["kelurahan", "sub-district"],
  rw: ["RW", "RW"],
});
