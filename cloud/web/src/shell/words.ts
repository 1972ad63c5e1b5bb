// Words of the frame around all pages.

import { words } from "../words/language";

export const translate = words({
  water: ["Air", "Water"],
  map: ["Peta", "Map"],
  report: ["Lapor", "Report"],
  figures: ["Data kota", "Figures"],
  alerts: ["Peringatan", "Alerts"],
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
  forgotten: [
    "Lupa? Admin kota Anda dapat memberi yang baru.",
    "Forgotten? The administrator of your city can give you a new one.",
  ],
  sessionEnded: ["Anda sudah keluar", "You are signed out"],
  stillSignedIn: [
    "Anda masih masuk: Siaga tidak menjawab. Coba keluar lagi setelah ada sinyal.",
    "You are still signed in: Siaga did not answer. Sign out again when there is a signal.",
  ],
  sessionEndedText: [
    "Sesi ini diakhiri di tempat lain atau waktunya habis. Masuk lagi untuk melanjutkan; yang sedang Anda tulis tidak hilang.",
    "This session was ended elsewhere, or its time ran out. Sign in again to go on; what you were writing is not lost.",
  ],
  cityAccount: ["Masuk dengan akun {name}", "Sign in with a {name} account"],
  settings: ["Pengaturan", "Settings"],
  account: ["Keamanan akun", "Account security"],
  passkeySignIn: ["Masuk dengan kunci sandi", "Sign in with a passkey"],
});
