// Words of the list of sites.

import { words } from "../words/language";

export const say = words({
  intro: [
    "Kamera, kotak yang berbicara untuknya, dan zona dalam gambarnya.",
    "Cameras, the box that speaks for them, and the zones in their pictures.",
  ],
  camera: ["Kamera", "Camera"],
  sight: ["Penglihatan", "Sight"],
  draw: ["Gambar zona", "Draw zones"],
  drawOf: ["Gambar zona {name}", "Draw zones of {name}"],
  more: ["{n} lagi tidak ditampilkan; persempit pencarian", "{n} more are not shown; narrow the search"],
});
