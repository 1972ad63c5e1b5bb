// Words of the map that only a page with a map needs.

import type { DrawnLine } from "../roads/lines";
import { words } from "../words/language";
import type { PlaceKind } from "./search";

export const translate = words({
  allSchematic: [
    "Jalan, wilayah, dan sungai digambar skematis, bukan peta resmi",
    "Streets, areas and rivers are drawn schematically, not an official map",
  ],
  findPlace: ["Cari jalan, tempat, wilayah, atau pos pantau", "Find a street, place, area or gauge"],
  findShort: ["Cari tempat", "Find a place"],
  clear: ["Hapus pencarian", "Clear the search"],
  foundNone: ["Tidak ada yang cocok dengan “{typed}”", "Nothing matches “{typed}”"],
  foundMany: ["{n} hasil, pilih dengan panah", "{n} results, choose with the arrows"],
  shownPlace: ["{name} ditampilkan di peta", "{name} is shown on the map"],
  namesMissing: ["Nama jalan belum dapat dimuat", "Names of streets could not be loaded"],
  street: ["jalan", "street"],
  landmark: ["tempat", "place"],
  area: ["wilayah", "area"],
  gauge: ["pos pantau", "gauge"],
  zoomIn: ["Perbesar", "Zoom in"],
  zoomOut: ["Perkecil", "Zoom out"],
  myPosition: ["Posisi saya", "My position"],
  noPosition: ["Posisi tidak tersedia", "Position not available"],
  sources: ["Sumber peta", "Sources of the map"],
  floodArea: [
    "Garis tepi: wilayah yang tergenang sebagian atau seluruhnya",
    "Outline: some or all of this area is flooded",
  ],
  floodSpot: [
    "Lingkaran: banjir dilaporkan dalam jarak {n} m; luasnya tidak diukur",
    "Circle: flooding is reported within {n} m; its extent is not measured",
  ],
  roadClosed: [
    "Jalan tergenang, terlalu dalam untuk dilewati menurut kamera",
    "Flooded street, too deep to pass by what a camera sees",
  ],
  roadFlooded: ["Jalan tergenang sejauh yang dilihat kamera", "Flooded street, as far as a camera sees"],
  roadDepth: ["Jalan dengan kedalaman air yang diketahui", "Street whose depth of water is known"],
  roadAhead: ["Jalan yang diperkirakan tergenang", "Street on which water is foreseen"],
  roadBlocked: ["Jalan tertutup menurut Waze", "Road blocked, by Waze"],
  roadJam: ["Macet menurut Waze", "Traffic jam, by Waze"],
  detour: ["Jalan yang ditemukan", "The way that was found"],
});

const ROADS = {
  closed: "roadClosed",
  flooded: "roadFlooded",
  depth: "roadDepth",
  ahead: "roadAhead",
  blocked: "roadBlocked",
  jam: "roadJam",
  detour: "detour",
} as const;
export const roadKindWords = (kind: DrawnLine["kind"]): string => translate(ROADS[kind]);

const KINDS: Readonly<Record<PlaceKind, PlaceKind>> = {
  street: "street",
  landmark: "landmark",
  area: "area",
  gauge: "gauge",
};
export const kindWords = (kind: PlaceKind): string => translate(KINDS[kind]);
