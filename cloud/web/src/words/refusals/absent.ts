// What is asked for and does not exist.

import type { Pair } from "../language";

export const ABSENT_REFUSALS: Readonly<Record<string, Pair>> = {
  request_not_found: ["Laporan itu tidak ada.", "There is no such request."],
  service_not_found: ["Layanan itu tidak ada.", "There is no such service."],
  passkey_not_found: ["Kunci sandi itu tidak ada lagi.", "There is no such passkey any more."],
  agency_not_found: ["Dinas itu tidak ada.", "There is no such agency."],
  alert_not_found: ["Peringatan itu tidak ada.", "There is no such alert."],
  area_not_found: ["Wilayah itu tidak ada.", "There is no such area."],
  camera_not_found: ["Kamera itu tidak ada.", "There is no such camera."],
  change_not_found: ["Perubahan itu tidak ada.", "There is no such change."],
  checklist_item_not_found: ["Langkah itu tidak ada dalam daftar periksa.", "The checklist has no such item."],
  gauge_not_found: ["Pos pantau itu tidak ada.", "There is no such gauge."],
  inbox_item_not_found: ["Pesan itu tidak ada di antara pesan masuk.", "There is no such message in the inbox."],
  incident_not_found: ["Kejadian itu tidak ada.", "There is no such incident."],
  layer_not_found: ["Lapisan itu tidak ada.", "There is no such layer."],
  dead_letter_not_found: ["Pesan gagal itu tidak ada.", "There is no such dead letter."],
  message_not_found: ["Pesan itu tidak ada.", "There is no such message."],
  node_not_found: ["Perangkat itu tidak ada.", "There is no such node."],
  notification_not_found: ["Pemberitahuan itu tidak ada.", "There is no such notification."],
  image_not_found: ["Gambar itu tidak ada.", "There is no such image."],
  policy_not_found: ["Kebijakan itu tidak ada.", "There is no such policy."],
  report_not_found: [
    "Laporan itu tidak ada di wilayah atau dinas Anda.",
    "There is no such report in your area or agency.",
  ],
  report_link_not_found: [
    "Laporan tidak ditemukan; mungkin alamatnya terpotong.",
    "There is no such report; the address may be cut off.",
  ],
  review_item_not_found: ["Gambar itu tidak ada dalam tinjauan.", "It is not in the review set."],
  device_key_not_found: ["Perangkat itu tidak ada lagi.", "There is no such device any more."],
  session_not_found: ["Sesi masuk itu tidak ada lagi.", "There is no such sign-in any more."],
  subscription_not_found: [
    "Langganan tidak ditemukan: sudah diakhiri, belum dikonfirmasi, atau alamatnya terpotong.",
    "There is no such subscription: it was ended, never confirmed, or the address is cut off.",
  ],
  task_not_found: ["Tugas itu tidak ada.", "There is no such task."],
  token_not_found: ["Token itu tidak ada lagi.", "There is no such token any more."],
  pending_token_not_found: ["Tidak ada token yang menunggu.", "No token waits."],
  source_not_found: ["Kamera atau pos pantau itu tidak ada.", "There is no such camera or gauge."],
  user_not_found: ["Pengguna itu tidak ada.", "There is no such person."],
  webhook_not_found: ["Webhook itu tidak ada.", "There is no such webhook."],
  delivery_not_found: ["Kiriman itu tidak ada lagi.", "There is no such delivery any more."],
  drawing_not_found: ["Belum ada zona yang digambar untuk kamera ini.", "Nothing was drawn for this camera."],
  accuracy_item_not_found: ["Gambar itu tidak ada lagi.", "That image is no longer there."],
};
