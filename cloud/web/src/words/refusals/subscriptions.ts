// What is refused of subscriptions and webhooks.

import type { Pair } from "../language";

export const SUBSCRIPTION_REFUSALS: Readonly<Record<string, Pair>> = {
  wrong_code: ["Kode tidak benar.", "The code is not right."],
  channel_not_configured: ["Saluran itu tidak dipasang di kota ini.", "That channel is not set up in this city."],
  too_many_code_attempts: [
    "Kode terlalu sering dicoba; berlangganan lagi.",
    "The code was tried too often; subscribe again.",
  ],
  confirmation_expired: [
    "Konfirmasi terlambat; berlangganan lagi.",
    "The confirmation came too late; subscribe again.",
  ],
  invalid_email: [
    "Tulis satu alamat surel, misalnya nama@example.org.",
    "Write one e-mail address, such as nama@example.org.",
  ],
  invalid_phone: ["Tulis nomor ponsel, misalnya 081234567890.", "Write a mobile number, such as 081234567890."],
  place_required: ["Pilih sekurangnya satu wilayah atau pos pantau.", "Choose at least one area or gauge."],
  push_host_unknown: [
    "Layanan pemberitahuan peramban ini tidak diizinkan.",
    "The push service of this browser is not allowed.",
  ],
  invalid_push_keys: ["Kunci pemberitahuan peramban tidak benar.", "The browser's push keys are not right."],
  invalid_quiet_hours: [
    "Tulis dua jam yang berbeda, misalnya 22:00 dan 05:00.",
    "Write two different times, such as 22:00 and 05:00.",
  ],
  too_many_subscriptions: ["Alamat ini sudah punya {most} langganan.", "This address has {most} subscriptions."],
  too_many_webhooks: ["Sudah ada {most} webhook.", "There are {most} webhooks already."],
  url_not_allowed: ["Alamat itu tidak boleh dipakai.", "That address may not be used."],
  webhook_confirms_itself: [
    "Webhook dikonfirmasi oleh jawabannya sendiri.",
    "A webhook is confirmed by its own answer.",
  ],
  webhook_inactive: ["Webhook ini dimatikan.", "The webhook is switched off."],
};
