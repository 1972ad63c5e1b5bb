// What is refused of people, agencies, areas and positions.

import type { Pair } from "../language";

export const PEOPLE_REFUSALS: Readonly<Record<string, Pair>> = {
  agency_in_use: [
    "Masih ada orang, regu atau tugas pada dinas ini.",
    "People, teams or tasks still belong to this agency.",
  ],
  agency_required: ["Peran ini memerlukan dinas.", "This role needs an agency."],
  agency_unknown: ["Dinas itu tidak ada.", "There is no such agency."],
  area_required: ["Kepala wilayah memerlukan wilayah.", "A head of an area needs an area."],
  area_unknown: ["Wilayah itu tidak ada.", "There is no such area."],
  consent_changed: ["Teks persetujuan sudah berubah; muat ulang.", "The text of consent has changed; reload."],
  id_in_use: ["ID itu sudah dipakai.", "That id is already used."],
  name_required: ["Tulis nama, 1 sampai 120 huruf.", "Write a name of 1 to 120 characters."],
  off_duty: ["Anda sedang tidak bertugas.", "You are off duty."],
  own_account: ["Akun sendiri tidak dapat dinonaktifkan atau dihapus.", "Nobody disables or erases the own account."],
  account_erased: ["Akun ini sudah dihapus untuk selamanya.", "This account was erased for good."],
  place_unknown: ["Wilayah, dinas atau pos pantau itu tidak ada.", "There is no such area, agency or gauge."],
  role_unknown: ["Peran itu tidak ada.", "There is no such role."],
  route_in_use: [
    "Jenis ini sudah ditangani {got}; centang pengambilalihan.",
    "{got} has this kind now; tick taking it over.",
  ],
  duplicate_route: ["Jenis yang sama dua kali untuk satu wilayah.", "The same kind twice for one area."],
  too_many_positions: ["Paling banyak {most} posisi sekaligus.", "At most {most} positions at once."],
  invalid_user_id: [
    "ID: 2–64 huruf kecil, angka, titik, garis bawah, @ atau tanda hubung.",
    "Id: 2–64 small letters, digits, . _ @ or -.",
  ],
};
