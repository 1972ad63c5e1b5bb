// Words about roads under water, jams and closures.

import { words } from "../words/language";

export const translate = words({
  title: ["Jalan", "Roads"],
  open: ["Jalan: {n}", "Roads: {n}"],
  none: [
    "Tidak ada jalan yang diketahui tergenang, macet, atau tertutup. Itu bukan berarti semua jalan lancar.",
    "No road is known to be flooded, jammed or blocked. That does not mean that every road is free.",
  ],
  notKnown: ["Keadaan jalan sekarang tidak diketahui.", "How the roads are now is not known."],
  noName: ["Jalan tanpa nama", "Road without a name"],
  closed: ["Tertutup banjir", "Closed by flooding"],
  flooded: ["Tergenang", "Flooded"],
  blocked: ["Tertutup", "Blocked"],
  jam: ["Macet", "Traffic jam"],
  depthAtLeast: ["sedikitnya {cm} cm", "at least {cm} cm deep"],
  depth: ["Air di jalan", "Water on the street"],
  ahead: ["Air diperkirakan datang", "Water is foreseen"],
  range: ["{low} sampai {high} cm", "{low} to {high} cm"],
  nowUnknown: ["kedalaman sekarang tidak diketahui", "depth now not known"],
  from: ["dari {sources}, {t}", "from {sources}, {t}"],
  and: ["dan", "and"],
  oneCamera: ["satu kamera", "a camera"],
  cameras: ["{n} kamera", "{n} cameras"],
  oneReport: ["satu laporan", "a report"],
  reports: ["{n} laporan", "{n} reports"],
  oneGauge: ["pos pantau", "the gauge"],
  gauges: ["{n} pos pantau", "{n} gauges"],
  foreseen: ["diperkirakan {range} sekitar pukul {t}", "foreseen {range} at about {t}"],
  drawn: [
    "letak dan tinggi jalannya digambar, bukan diukur",
    "its place and the height of its road are drawn, not surveyed",
  ],
  interval: [
    "Rentang kedalaman dihitung agar benar sembilan dari sepuluh kali. Jalan yang tidak tertera bukan berarti kering.",
    "A range of depths is computed to be right nine times out of ten. A street that is not listed is not known to be dry.",
  ],
  depthUnknown: ["kedalaman tidak diketahui", "depth not known"],
  blind: ["kamera kini tidak melihat", "the camera does not see now"],
  speed: ["{n} km/jam", "{n} km/h"],
  length: ["sepanjang {m}", "{m} long"],
  delay: ["tertunda {t}", "delayed by {t}"],
  byCamera: ["menurut kamera, {t}", "by a camera, {t}"],
  byWaze: ["menurut Waze, {t}", "by Waze, {t}"],
  extent: [
    "Garis menunjukkan bagian jalan yang dilihat kamera; sejauh mana airnya, tidak diukur.",
    "A line shows the part of the street that a camera sees; how far the water reaches is not measured.",
  ],
  more: ["dan {n} lagi di peta", "and {n} more on the map"],
});
