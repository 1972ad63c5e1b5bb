// Words of the answer to "is the water coming to me?".

import { words } from "../../words/language";

export const translate = words({
  title: ["Apakah air datang ke {area}?", "Is the water coming to {area}?"],
  coming: [
    "Air yang kini tinggi di {from} sampai di {to} sekitar pukul {t}, {low} sampai {high} cm di sana.",
    "The water that is now high at {from} will reach {to} at about {t}, {low} to {high} cm there.",
  ],
  comingHeightUnknown: [
    "Air yang kini tinggi di {from} sampai di {to} sekitar pukul {t}. Setinggi apa, belum diketahui.",
    "The water that is now high at {from} will reach {to} at about {t}. How high is not known.",
  ],
  comingTimeUnknown: [
    "Air tinggi di {from} mengalir ke {to}. Kapan dan setinggi apa, belum diketahui.",
    "High water at {from} flows to {to}. When, and how high, is not known.",
  ],
  rising: [
    "Air di {to} diperkirakan mencapai Siaga {stage} sekitar pukul {t}, {low} sampai {high} cm.",
    "The water at {to} is expected at Siaga {stage} at about {t}, {low} to {high} cm.",
  ],
  here: ["Air sudah tinggi di {to}: Siaga {stage}.", "The water is high at {to} already: Siaga {stage}."],
  unknown: ["Tidak diketahui: {names} tidak mengirim data.", "Not known: {names} sends no data."],
  calm: ["Saat ini tidak: air normal di {to} dan di hulunya.", "Not now: the water is normal at {to} and upstream."],
  calmAlone: [
    "Air normal di {to}. Di hulunya tidak ada pos pantau: apa yang datang dari sana tidak diketahui.",
    "The water is normal at {to}. There is no gauge upstream: what comes from there is not known.",
  ],
  band: [
    "Rentang ini dihitung agar benar sembilan dari sepuluh kali.",
    "This range is computed to be right nine times out of ten.",
  ],
  byTravel: [
    "Dihitung dari lama air mengalir; belum ada prakiraan tingginya.",
    "By the time that water takes; there is no forecast of its height yet.",
  ],
  alsoUnknown: [
    "{names} tidak mengirim data: apa yang datang dari sana tidak diketahui.",
    "{names} sends no data: what comes from there is not known.",
  ],
  strip: ["Dari hulu ke hilir", "From upstream to downstream"],
  travel: ["air sampai dalam {t}", "water takes {t}"],
  travelUnknown: ["lama air mengalir tidak diketahui", "how long water takes is not known"],
  hereGauge: ["pos pantau untuk {area}", "the gauge of {area}"],
  noGauge: [
    "Belum ada pos pantau untuk wilayah ini, jadi tidak diketahui apakah air datang.",
    "No gauge is set for this area, so whether water comes is not known.",
  ],
  share: ["Bagikan jawaban ini", "Share this answer"],
  asOf: ["{area}, keadaan {t}: {answer}", "{area}, as of {t}: {answer}"],
  shelters: ["Tempat pengungsian terdekat", "Nearest shelters"],
  shelter: ["Tempat pengungsian", "Shelter"],
  fromMiddle: ["{d} dari tengah {area}", "{d} from the middle of {area}"],
  sheltersBy: [
    "Letaknya menurut: {source}. Apakah sedang dibuka, tidak diketahui.",
    "Where they are, by: {source}. Whether they are open now is not known.",
  ],
  streets: ["Kedalaman air di jalan", "Depth of water on streets"],
  nearCamera: ["Kamera terdekat", "Nearest camera"],
  snapshotOf: ["Gambar kamera {name}, {t}", "Snapshot of the camera {name}, {t}"],
  snapshotAt: ["Gambar diambil {t}.", "Taken {t}."],
  snapshotOld: [
    "Gambar diambil {t}. Keadaan sekarang mungkin sudah berbeda.",
    "Taken {t}. How it is now may be different.",
  ],
  redacted: [
    "Wajah dan pelat nomor disamarkan sebelum gambar dikirim.",
    "Faces and number plates are hidden before the image is sent.",
  ],
  remember: ["Ini kelurahan saya", "This is my kelurahan"],
  forget: ["Bukan kelurahan saya lagi", "No longer my kelurahan"],
  choose: ["Pilih kelurahan Anda", "Choose your kelurahan"],
  more: ["Selengkapnya tentang {area}", "More about {area}"],
  other: ["Pilih kelurahan lain", "Choose another kelurahan"],
});
