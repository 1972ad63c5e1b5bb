// Words of the page where people look after how they sign in.

import { words } from "../words/language";

export const translate = words({
  title: ["Keamanan akun", "Account security"],
  passkeys: ["Kunci sandi", "Passkeys"],
  passkeysIntro: [
    "Kunci sandi menggantikan kata sandi: sidik jari, wajah, atau PIN perangkat Anda. Tidak dapat ditebak atau dicuri lewat halaman palsu.",
    "A passkey takes the place of the password: your device's fingerprint, face or PIN. It cannot be guessed, and no false page can steal it.",
  ],
  passkeyRequired: [
    "Kota ini mewajibkan kunci sandi untuk peran Anda. Tambahkan satu, lalu masuk dengannya. Sebelum itu halaman lain tertutup.",
    "This city requires a passkey for your role. Add one, then sign in with it. Until then the other pages stay closed.",
  ],
  noPasskeys: ["Belum ada kunci sandi.", "There is no passkey yet."],
  passkeyName: ["Nama perangkat", "Name of the device"],
  passkeyNameHint: ["Misalnya “Laptop kantor”.", "For example “Office laptop”."],
  add: ["Tambah kunci sandi", "Add a passkey"],
  added: ["Kunci sandi ditambahkan.", "The passkey was added."],
  calledOff: ["Dibatalkan. Tidak ada yang berubah.", "Called off. Nothing has changed."],
  notHere: [
    "Peramban ini tidak mendukung kunci sandi, atau halaman ini tidak dibuka lewat https.",
    "This browser has no passkeys, or the page was not opened by https.",
  ],
  remove: ["Hapus", "Remove"],
  removeTitle: ["Hapus kunci sandi “{name}”?", "Remove the passkey “{name}”?"],
  removeMeans: [
    "Kunci itu tidak dapat dipakai masuk lagi. Hapus juga dari perangkatnya.",
    "It signs nobody in any more. Remove it from its device, too.",
  ],
  removed: ["Kunci sandi dihapus.", "The passkey was removed."],
  addedOn: ["ditambahkan {at}", "added {at}"],
  usedOn: ["dipakai {at}", "used {at}"],
  neverUsed: ["belum pernah dipakai", "never used"],
  backedUp: ["tersimpan juga di akun perangkat", "also stored with the device's account"],
  signInNow: ["Masuk dengan kunci sandi", "Sign in with the passkey"],
  devices: ["Perangkat saya", "My devices"],
  devicesIntro: [
    "Perangkat yang menandatangani kiriman Anda, misalnya foto bukti. Cabut yang hilang atau dijual.",
    "Devices that sign what you send, such as proof photos. Revoke those that were lost or sold.",
  ],
  noDevices: ["Belum ada perangkat.", "There is no device yet."],
  thisDevice: ["perangkat ini", "this one"],
  revoke: ["Cabut", "Revoke"],
  revokeTitle: ["Cabut kunci perangkat ini?", "Revoke the key of this device?"],
  revokeMeans: [
    "Tanda tangannya tidak dihitung lagi. Perangkat yang masih masuk membuat kunci baru dalam sehari: jika hilang, akhiri juga sesi masuknya.",
    "Its signatures count no more. A device that is still signed in makes a new key within a day: if it is lost, end its sign-in, too.",
  ],
  revoked: ["Kunci perangkat dicabut.", "The key of the device was revoked."],
});
