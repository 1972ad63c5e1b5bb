// What is refused of nodes, cameras, gauges and drawings.

import type { Pair } from "../language";

export const SITE_REFUSALS: Readonly<Record<string, Pair>> = {
  enrolment_unavailable: ["Perangkat belum dapat didaftarkan sekarang.", "The node cannot be enrolled now."],
  enrolment_disabled: ["Perangkat tidak dapat didaftarkan di sini.", "Nodes cannot be enrolled here."],
  image_expired: ["Gambar itu sudah tidak disimpan.", "That image is no longer stored."],
  node_in_use: [
    "{n} kamera dan pos pantau masih memakai perangkat ini. Beri perangkat lain dulu.",
    "{n} cameras and gauges still send through this node. Give them another first.",
  ],
  source_ambiguous: ["Nama itu milik kamera dan pos pantau.", "A camera and a gauge have that name."],
  node_name_reserved: [
    "Nama {got} hanya untuk umpan data; pilih nama lain.",
    "The name {got} is reserved for feeds; choose another.",
  ],
  node_blocked: ["Perangkat ini diblokir.", "This node is blocked."],
  node_not_blocked: ["Perangkat ini tidak diblokir.", "This node is not blocked."],
  node_retired: ["Perangkat {got} tidak dipakai lagi; pilih yang lain.", "Node {got} is out of use; choose another."],
  node_unknown: ["Perangkat {got} tidak dikenal; catat dulu.", "Node {got} is not known; record it first."],
  asset_unknown: ["Pompa atau pintu air itu belum terdaftar.", "That pump or gate is not listed."],
  layer_too_large: ["Lapisan itu terlalu besar, paling banyak {most}.", "That layer is too large, at most {most}."],
  gauge_unknown: ["Pos pantau {got} tidak dikenal.", "There is no gauge {got}."],
  gauge_alarm_active: [
    "Pos pantau ini sedang memperingatkan (Siaga {stage}). Tunggu sampai air tenang.",
    "This gauge warns now (Siaga {stage}). Wait until the water is calm.",
  ],
  already_active: ["Sudah dipakai.", "It is in use."],
  stage_3_limit_required: ["Isi batas Siaga 3 juga.", "Fill in the limit of Siaga 3, too."],
  limits_not_ascending: ["Batas harus naik: Siaga 3, lalu 2, lalu 1.", "Limits must rise: Siaga 3, then 2, then 1."],
  incomplete_coordinates: [
    "Isi lintang dan bujur, atau kosongkan keduanya.",
    "Fill in latitude and longitude, or neither.",
  ],
  already_retired: ["Sudah tidak dipakai.", "It is out of use already."],
  circular_river: ["Airnya akan mengalir berputar kembali ke sini.", "The water would flow in a ring back to here."],
  url_without_node: ["Pilih perangkatnya juga.", "Choose its node, too."],
  invalid_stream_url: [
    "Bukan alamat aliran: mulai dengan rtsp://, rtsps://, http://, https:// atau v4l2://.",
    "Not the address of a stream: begin with rtsp://, rtsps://, http://, https:// or v4l2://.",
  ],
  requested_recently: [
    "Kamera baru saja diminta; tunggu jawabannya.",
    "The camera was asked just now; wait for its answer.",
  ],
  node_not_connected: ["Perangkat kamera ini tidak tersambung.", "The camera's node is not connected."],
  camera_masked: ["Kamera ini sedang ditutup.", "The camera is masked."],
  duplicate_id: ["ID ini sudah dipakai zona lain.", "Another zone has this id."],
  setting_not_allowed: ["Tidak cocok dengan jenis zona ini.", "It does not go with a zone of this kind."],
  clear_above_flooded: ["Batas surut harus di bawah batas banjir.", "Clear must be below flooded."],
  mask_unchanged: ["Kamera sudah dalam keadaan itu.", "The camera is so already."],
  invalid_outline: [
    "Bentuk ini tidak sah: sisinya berpotongan atau tanpa luas.",
    "Not a shape: its sides cross or it has no area.",
  ],
  too_many_live_views: [
    "Terlalu banyak kamera ditonton; tunggu sebentar.",
    "Too many cameras are watched live; wait a little.",
  ],
  unknown_certificate: [
    "Sertifikat perangkat tidak dikenal, berakhir, atau dicabut.",
    "The certificate of the node is not known, has ended, or was revoked.",
  ],
};
