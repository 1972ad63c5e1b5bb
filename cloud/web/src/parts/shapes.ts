// The shape of each stage, drawn on 32 by 32: distinguishable without colour, the worst like a stop sign.

export const STAGE_SHAPES: readonly string[] = [
  "M16 4a12 12 0 1 1 0 24 12 12 0 0 1 0-24z",
  "M10.400 2.500h11.200l7.900 7.900v11.200l-7.900 7.900h-11.200l-7.900-7.900V10.400z",
  "M16 1.500L30.500 16 16 30.500 1.500 16z",
  "M7 4h18a3 3 0 0 1 3 3v18a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3z",
  "M16 3a13 13 0 1 1 0 26 13 13 0 0 1 0-26z",
];

export const FLOOD_STATES = ["none", "caution", "minor", "moderate", "severe"] as const;
export type FloodName = (typeof FLOOD_STATES)[number];

/** How many waves stand in the mark of a flood state; caution has a question mark instead. */
export const FLOOD_WAVES: Readonly<Record<FloodName, number>> = {
  none: 0,
  caution: 0,
  minor: 1,
  moderate: 2,
  severe: 3,
};
