// Words of the public pages.

import { words } from "../words/language";

export const say = words({
  waterTitle: ["Apakah air akan datang?", "Is the water coming?"],
  nearby: ["Di dekat saya", "Near me"],
  allGauges: ["Semua pengukur air", "All gauges"],
  calm: ["Semua pengukur air normal", "All gauges are normal"],
  noneKnown: ["Tinggi air belum diketahui", "Water levels are not known yet"],
  headline: ["{stage} di {names}", "{stage} at {names}"],
  andMore: ["dan {n} lagi", "and {n} more"],
  unknownGauges: ["{n} pengukur tidak diketahui", "{n} gauges unknown"],
  mapTitle: ["Peta kota", "Map of the city"],
});
