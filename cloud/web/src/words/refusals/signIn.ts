// What is refused of signing in: passwords, passkeys, tokens, keys of devices, the city's accounts.

import type { Pair } from "../language";

export const SIGN_IN_REFUSALS: Readonly<Record<string, Pair>> = {
  demo_entry_refused: [
    "Tombol ini sudah tidak berlaku. Muat ulang halaman, lalu pilih lagi.",
    "This entry is over. Reload the page and choose again.",
  ],
  invalid_api_key: ["Kunci API tidak dikenal.", "The API key is not known."],
  invalid_identity: [
    "Akun kota tidak dapat dibaca. Coba masuk lagi.",
    "The city account cannot be read. Sign in again.",
  ],
  invalid_sign_in_state: [
    "Masuk terlalu lama atau terputus. Coba lagi.",
    "Signing in took too long or broke off. Try again.",
  ],
  unknown_token: ["Token tidak dikenal lagi.", "The token is not known any more."],
  no_account: ["Anda belum punya akun di sini. Hubungi admin.", "You have no account here. Ask an administrator."],
  identity_provider_unavailable: ["Layanan akun kota tidak menjawab.", "The city's accounts do not answer."],
  oidc_not_configured: ["Masuk dengan akun kota tidak dipasang.", "Signing in with a city account is not set up."],
  not_signed_in: ["Anda belum masuk.", "You are not signed in."],
  authentication_required: ["Masuk dulu.", "Sign in first."],
  sign_in_failed: ["Anda belum masuk.", "You are not signed in."],
  insufficient_scope: ["Token ini tidak membolehkannya.", "The token does not allow this."],
  invalid_device_key: ["Kunci perangkat tidak dapat dibaca.", "The key of the device cannot be read."],
  device_key_unsigned: [
    "Perangkat ini tidak membuktikan kuncinya. Muat ulang halaman.",
    "This device did not prove its key. Reload the page.",
  ],
  device_key_revoked: ["Kunci perangkat ini sudah dicabut.", "The key of this device was revoked."],
  too_many_device_keys: [
    "Terlalu banyak perangkat baru dari jaringan ini hari ini.",
    "Too many new devices came from this network today.",
  ],
  passkey_unknown: [
    "Kunci sandi ini tidak dikenal, atau waktunya habis. Coba lagi.",
    "This passkey is not known, or it took too long. Try again.",
  ],
  passkey_required: [
    "Kota ini mewajibkan kunci sandi untuk peran Anda. Masuklah dengan kunci sandi.",
    "This city requires a passkey for your role. Sign in with a passkey.",
  ],
  passkey_not_verified: [
    "Kunci sandi tidak dapat dipastikan. Coba lagi.",
    "The passkey could not be verified. Try again.",
  ],
  passkey_in_use: ["Kunci sandi ini sudah terdaftar.", "This passkey is registered already."],
  last_passkey: [
    "Ini kunci sandi terakhir dan kota mewajibkannya. Tambahkan yang lain dulu.",
    "This is the last passkey and the city requires one. Add another first.",
  ],
  too_many_passkeys: [
    "Sudah ada {most} kunci sandi. Hapus satu dulu.",
    "There are {most} passkeys already. Remove one first.",
  ],
  wrong_password: ["Sandi tidak benar.", "The password is not right."],
  wrong_role: ["Peran Anda tidak boleh melakukan ini.", "Your role may not do this."],
  wrong_credentials: ["Nama atau sandi tidak benar.", "The name or the password is not right."],
  invalid_expiry: ["Pilih waktu dalam 366 hari ke depan.", "Choose a time within the next 366 days."],
  password_common: [
    "Sandi itu dipakai banyak orang; empat kata acak lebih baik.",
    "Many people use that password; four random words are good.",
  ],
  password_is_name: ["Sandi itu berisi nama Anda.", "The password is made of your name."],
  password_length: ["Sandi {least} sampai {most} huruf.", "A password has {least} to {most} characters."],
  password_repetitive: ["Pakai sekurangnya {least} huruf yang berbeda.", "Use at least {least} different characters."],
  admin_scope_not_allowed: ["Lingkup admin bukan untuk peran ini.", "The scope admin is not for this role."],
  scopes_unknown: ["Lingkup itu tidak ada.", "There is no such scope."],
  too_many_tokens: ["Sudah {most} token; cabut satu dulu.", "There are {most} tokens; revoke one first."],
};
