// Shares as people understand them: how sure the city is, and how much one source adds to that.

import { type Pair, words } from "./language";

const SURE: readonly (readonly [from: number, key: "verySure" | "sure" | "fairlySure" | "notSure"])[] = [
  [0.9, "verySure"],
  [0.7, "sure"],
  [0.4, "fairlySure"],
  [0, "notSure"],
];
const STRENGTH: readonly (readonly [from: number, key: "strong" | "fair" | "weak"])[] = [
  [0.6, "strong"],
  [0.3, "fair"],
  [0, "weak"],
];
const TABLE = {
  verySure: ["sangat yakin", "very sure"],
  sure: ["yakin", "sure"],
  fairlySure: ["cukup yakin", "fairly sure"],
  notSure: ["belum yakin", "not sure"],
  strong: ["bukti kuat", "strong evidence"],
  fair: ["bukti cukup", "fair evidence"],
  weak: ["bukti lemah", "weak evidence"],
} as const satisfies Readonly<Record<string, Pair>>;
const translate = words(TABLE);

const keyOf = <K>(steps: readonly (readonly [number, K])[], share: number): K | undefined =>
  steps.find(([from]) => share >= from)?.[1];

/** How sure the city is of an incident, for a confidence between 0 and 1. */
export function sureWords(confidence: number): string {
  return translate(keyOf(SURE, confidence) ?? "notSure");
}

/** How much one source adds, for a weight between 0 and 1. */
export function strengthWords(weight: number): string {
  return translate(keyOf(STRENGTH, weight) ?? "weak");
}
