// Words of the frame around all pages.

import { words } from "../words/language";

export const say = words({
  water: ["Air", "Water"],
  map: ["Peta", "Map"],
  report: ["Lapor", "Report"],
  figures: ["Angka", "Figures"],
  alerts: ["Kabar", "Alerts"],
  data: ["Data terbuka", "Open data"],
  tasks: ["Tugas", "Tasks"],
  messages: ["Pesan", "Messages"],
  me: ["Saya", "Me"],
  control: ["Ruang kendali", "Control room"],
  inbox: ["Pesan", "Messages"],
  area: ["Wilayah", "My area"],
  admin: ["Admin", "Admin"],
  mainNav: ["Halaman", "Pages"],
  user: ["Nama pengguna", "User name"],
  password: ["Kata sandi", "Password"],
  signInIntro: [
    "Untuk petugas, operator, kepala wilayah dan dinas. Warga tidak perlu masuk.",
    "For officers, operators, heads of areas and agencies. Citizens need not sign in.",
  ],
  cityAccount: ["Masuk dengan akun {name}", "Sign in with a {name} account"],
  settings: ["Pengaturan", "Settings"],
});
