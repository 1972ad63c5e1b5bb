// Pictures of categories and sources, drawn on 24 by 24.

import { svg } from "./dom.js";

const PATHS = {
  flooding: "M3 8c3-2 6 2 9 0s6-2 9 0M3 13c3-2 6 2 9 0s6-2 9 0M3 18c3-2 6 2 9 0s6-2 9 0",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6",
  illegal_parking: "M8 19V5h5a4 4 0 0 1 0 8H8M4 20L20 4",
  congestion: "M4 17v-4l2-5h12l2 5v4M4 17h16M7 17v2M17 17v2M6 13h12",
  pothole: "M2 15h5l2 4h6l2-4h5M9 9l3-4 3 4",
  street_light: "M8 21V6a3 3 0 0 1 6 0v1M10 9h8l-1.500 3h-5zM5 21h6",
  beggars: "M12 4a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5M6 20c0-6 3-8 6-8s6 2 6 8z",
  drainage: "M4 6h16M6 6v4h12V6M12 10v4M8 18c2-1.500 2 1.500 4 0s2-1.500 4 0M9 14h6",
  fallen_tree: "M3 18h18M5 18L17 7M17 7a3 3 0 1 0 3 3M13 8a3 3 0 0 1 4-4",
  pavement: "M3 17h18M3 13h18M8 13v4M15 13v4M6 9l3-5 3 5",
  street_vendor: "M4 10l2-5h12l2 5zM5 10v9h14v-9M9 19v-5h6v5",
  public_facility: "M4 20h16M6 20V9l6-4 6 4v11M10 20v-6h4v6",
  disturbance: "M4 10v4h4l5 4V6L8 10zM16 9a4 4 0 0 1 0 6M18.500 6.500a8 8 0 0 1 0 11",
  other: "M12 5v9M12 18v1",
  camera: "M3 8h12v9H3zM15 11l6-3v9l-6-3",
  gauge: "M12 3c3.500 5 6 7.500 6 11a6 6 0 0 1-12 0c0-3.500 2.500-6 6-11z",
  citizen: "M12 4a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7M5 21c0-5 3-7.500 7-7.500s7 2.500 7 7.500",
  feed: "M5 19a1 1 0 1 0 .1 0M5 12a7 7 0 0 1 7 7M5 5a14 14 0 0 1 14 14",
};

export const path = (name) => PATHS[name] ?? PATHS.other;

export const icon = (name) => svg("svg", { class: `icon ${name}`, viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: path(name) }));
