// Our own icons, drawn on 24 by 24 in lines.

import type { VNode } from "preact";
import { HAZARD_ICONS } from "../api/registries";

const PATHS = {
  flooding: "M3 8c3-2 6 2 9 0s6-2 9 0M3 13c3-2 6 2 9 0s6-2 9 0M3 18c3-2 6 2 9 0s6-2 9 0",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6",
  illegal_parking: "M8 19V5h5a4 4 0 0 1 0 8H8M4 20L20 4",
  congestion: "M4 17v-4l2-5h12l2 5v4M4 17h16M7 17v2M17 17v2M6 13h12",
  pothole: "M2 15h5l2 4h6l2-4h5M9 9l3-4 3 4",
  street_light: "M8 21V6a3 3 0 0 1 6 0v1M10 9h8l-1.5 3h-5zM5 21h6",
  beggars: "M12 4a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5M6 20c0-6 3-8 6-8s6 2 6 8z",
  drainage: "M4 6h16M6 6v4h12V6M12 10v4M8 18c2-1.5 2 1.5 4 0s2-1.5 4 0M9 14h6",
  fallen_tree: "M3 18h18M5 18L17 7M17 7a3 3 0 1 0 3 3M13 8a3 3 0 0 1 4-4",
  pavement: "M3 17h18M3 13h18M8 13v4M15 13v4M6 9l3-5 3 5",
  street_vendor: "M4 10l2-5h12l2 5zM5 10v9h14v-9M9 19v-5h6v5",
  public_facility: "M4 20h16M6 20V9l6-4 6 4v11M10 20v-6h4v6",
  disturbance: "M4 10v4h4l5 4V6L8 10zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
  other: "M5 12h.01M12 12h.01M19 12h.01",
  asset_check: "M4 20h16M6 20v-7h5v7M11 15h4a3 3 0 0 0 3-3V8M18 8h-4V5h8v3M8.500 9.500V6",
  gauge_check: "M12 3c3.5 5 6 7.5 6 11a6 6 0 0 1-12 0c0-3.500 2.500-6 6-11zM9.500 14.500l2 2 3-4",
  camera: "M3 8h12v9H3zM15 11l6-3v9l-6-3",
  gauge: "M12 3c3.5 5 6 7.5 6 11a6 6 0 0 1-12 0c0-3.5 2.5-6 6-11z",
  citizen: "M12 4a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M5 21c0-5 3-7.5 7-7.5s7 2.5 7 7.5",
  feed: "M5 19h.01M5 12a7 7 0 0 1 7 7M5 5a14 14 0 0 1 14 14",
  map: "M9 4L3 6v14l6-2 6 2 6-2V4l-6 2zM9 4v14M15 6v14",
  report: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  home: "M4 11l8-7 8 7M6 10v9h12v-9",
  chart: "M4 20h16M7 17v-5M12 17V6M17 17v-8",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l1.500 2h-15zM10 21h4",
  inbox: "M4 13l2-8h12l2 8v6H4zM4 13h5l1 3h4l1-3h5",
  tasks: "M4 6l1.500 1.500L8 5M4 12l1.500 1.500L8 11M4 18l1.500 1.500L8 17M12 6h8M12 12h8M12 18h8",
  person: "M12 4a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M5 21c0-5 3-7.5 7-7.5s7 2.5 7 7.5",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.500 1.500M17.500 17.500L19 19M19 5l-1.500 1.500M6.500 17.500L5 19",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 13l4 4L19 7",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  steady: "M4 12h16M15 7l5 5-5 5",
  place:
    "M12 21c-4-5-6.5-8-6.5-11.500a6.500 6.500 0 0 1 13 0C18.500 13 16 16 12 21zM12 7.500a2.200 2.200 0 1 1 0 4.400 2.200 2.200 0 0 1 0-4.400",
  photo: "M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7",
  route: "M6 19a2 2 0 1 1 .01 0M18 9a2 2 0 1 1 .01 0M6 15V9a4 4 0 0 1 4-4h2M18 9v6a4 4 0 0 1-4 4h-3",
  key: "M8 11a4 4 0 1 1 0 8 4 4 0 0 1 0-8M11 12.500L20 4M16.500 7.500l3 3M14 10l2 2",
  play: "M7 4.500v15l12-7.500z",
  pause: "M8 5v14M16 5v14",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M12 8v4.500l3 2",
  warning: "M12 4L2.500 20h19zM12 10v4.500M12 17.200v.1",
  offline:
    "M3 3l18 18M5 12a10 10 0 0 1 4-2.500M2.500 8.500A15 15 0 0 1 7 6M12 19h.01M15 10a10 10 0 0 1 4 2M11 5a15 15 0 0 1 10.500 3.500M8.500 15.500a5 5 0 0 1 5-1",
  share: "M12 15V4M8 8l4-4 4 4M5 13v6h14v-6",
  download: "M12 4v11M8 11l4 4 4-4M5 19h14",
  print: "M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7z",
  thumb:
    "M7 11v9H4v-9zM7 11l4-7c2 0 2.500 1.500 2 3l-.7 3H19c1 0 1.700 1 1.400 2l-1.800 6.500c-.2.900-1 1.500-1.900 1.500H7",
  search: "M11 5a6 6 0 1 1 0 12 6 6 0 0 1 0-12M15.500 15.500L20 20",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M14 7a2 2 0 1 1 4 0 2 2 0 1 1-4 0M6 17a2 2 0 1 1 4 0 2 2 0 1 1-4 0",
  dashboard: "M3 5h18v11H3zM9 20h6M12 16v4",
  area: "M4 6l6-2 5 3 5-2v12l-6 3-5-3-5 2z",
  shield: "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4",
  refresh: "M5 12a7 7 0 0 1 12-5l2 2M19 5v4h-4M19 12a7 7 0 0 1-12 5l-2-2M5 19v-4h4",
} as const;

type IconName = keyof typeof PATHS;

/** The path of an icon by its name, or by the id of the hazard that it stands for. */
export const iconPath = (name: string): string => PATHS[(HAZARD_ICONS[name] ?? name) as IconName] ?? PATHS.other;

/** An icon beside words; alone in a button, the button needs an aria-label. */
export function Icon({ name }: { name: string }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={iconPath(name)} />
    </svg>
  );
}
