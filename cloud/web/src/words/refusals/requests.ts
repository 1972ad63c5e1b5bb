// What is refused of any request.

import type { Pair } from "../language";

export const REQUEST_REFUSALS: Readonly<Record<string, Pair>> = {
  cross_origin_refused: ["Halaman dari situs itu tidak boleh melakukan ini.", "Pages of that site may not do this."],
  invalid_bbox: ["Bagian peta tidak benar.", "The map section is not right."],
  invalid_period: ["Rentang waktu tidak benar.", "The span of time is not right."],
  too_many_readings: [
    "Terlalu banyak bacaan: minta lebih sedikit pos pantau atau rentang yang lebih pendek.",
    "Too many readings: request fewer gauges or a shorter span.",
  ],
  no_transit_agency: ["Server ini tidak melayani angkutan umum.", "This server names no transit agency."],
  stops_unreadable: ["Daftar halte tidak dapat dibaca.", "The list of stops cannot be read."],
  changed_meanwhile: [
    "Orang lain sudah mengubah ini. Muat yang terbaru, lalu ubah lagi.",
    "Somebody else changed this meanwhile. Load the newest, then change it again.",
  ],
  channel_disabled: ["Saluran ini tidak dibuka.", "This channel is not open."],
  conflict: ["Itu tidak dapat dilakukan dalam keadaan sekarang.", "It is not in a state for this."],
  cross_site_request: [
    "Permintaan ini tidak datang dari halaman kami. Muat ulang.",
    "This did not come from our page. Reload.",
  ],
  asset_state_wrong: [
    "Keadaan itu tidak cocok untuk pompa atau pintu air ini.",
    "That state does not fit this pump or gate.",
  ],
  time_in_future: ["Waktunya belum tiba.", "That time has not come yet."],
  invalid: ["Ada isian yang belum benar.", "Something is not filled in right."],
  method_not_allowed: ["Itu tidak bisa di sini.", "That is not possible here."],
  unsupported_format: ["Format itu tidak ada.", "There is no such format."],
  not_found: ["Itu tidak ada.", "There is no such thing."],
  invalid_signature: ["Pengirim belum terbukti.", "The sender is not proved."],
  not_ready: ["Server belum siap.", "The server is not ready."],
  outside_scope: ["Ini bukan wilayah atau dinas Anda.", "This is not of your area or agency."],
  body_too_large: ["Terlalu besar.", "It is too big."],
  too_many_requests: ["Terlalu sering. Coba lagi sebentar lagi.", "Too often. Try again in a while."],
  too_many_streams: ["Terlalu banyak yang terhubung. Coba lagi nanti.", "Too many are connected. Try again later."],
  unavailable: ["Server sedang sibuk. Coba lagi sebentar lagi.", "The server is busy. Try again in a moment."],
  unexpected: ["Ada kesalahan pada kami; sudah dicatat.", "Something went wrong here; it was logged."],
  malformed_message: ["Kiriman tidak dapat dibaca.", "What was sent cannot be read."],
};
