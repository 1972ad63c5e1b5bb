// Words about how old the published state is.

import { words } from "../words/language";

export const translate = words({
  stateAt: ["Keadaan pukul {t} ({ago})", "State at {t} ({ago})"],
  oldTitle: ["Tidak ada kabar baru sejak {t} ({ago}).", "Nothing new since {t} ({ago})."],
  oldText: [
    "Bagaimana keadaannya sekarang tidak diketahui. Di bawah ini yang terakhir diketahui; halaman terus mencoba.",
    "How things are now is not known. Below is what was last known; the page goes on trying.",
  ],
  notKnownNow: ["Tidak diketahui bagaimana keadaannya sekarang.", "How things are now is not known."],
  current: ["Terbaru", "Up to date"],
});
