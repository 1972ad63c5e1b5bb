// The depth of water on a street in words: how deep, by whom and how long ago, and what is foreseen.

import type { StreetDepth } from "../published/files";
import { ago, number, timeOfDay } from "../words/format";
import { newestOf } from "./lines";
import { translate } from "./words";

const STEP_CM = 5;

/** "30 to 60 cm": to steps of 5 cm outwards, because nothing here is more exact. */
export function rangeOf(low: number, high: number): string {
  return translate("range", {
    low: number(Math.floor(low / STEP_CM) * STEP_CM),
    high: number(Math.ceil(high / STEP_CM) * STEP_CM),
  });
}

/** How deep it is now; where only more to come is known, that now is not known. */
export function depthOf({ answer, low_cm, high_cm }: StreetDepth): string {
  if (answer === "known") return rangeOf(low_cm ?? 0, high_cm ?? 0);
  return translate(answer === "wet" ? "depthUnknown" : "nowUnknown");
}

/** "from 2 reports and a camera, 12 minutes ago"; null where nothing is known of now. */
export function basisOf(street: StreetDepth, now: number): string | null {
  const at = newestOf(street);
  if (at === null) return null;
  const parts = street.basis.map(({ kind, count }) => translate(count === 1 ? ONE[kind] : MANY[kind], { n: count }));
  const sources = parts.length > 1 ? `${parts.slice(0, -1).join(", ")} ${translate("and")} ${parts.at(-1)}` : parts[0];
  return translate("from", { sources: sources ?? "", t: ago(at, now) });
}

/** The deepest that is foreseen. */
export function aheadOf({ ahead }: StreetDepth): string | null {
  const worst = ahead.reduce<StreetDepth["ahead"][number] | null>(
    (deepest, one) => (deepest === null || one.high_cm > deepest.high_cm ? one : deepest),
    null,
  );
  return worst === null
    ? null
    : translate("foreseen", { range: rangeOf(worst.low_cm, worst.high_cm), t: timeOfDay(worst.at) });
}

/** All that is known of it, and whether the street itself is a drawing. */
export function depthFactsOf(street: StreetDepth, now: number): readonly string[] {
  const drawn = street.schematic ? translate("drawn") : null;
  return [depthOf(street), basisOf(street, now), aheadOf(street), drawn].filter((one) => one !== null);
}

/** All of it in one sentence, for the answer to whether the water is coming. */
export const sentenceOf = (street: StreetDepth, now: number): string =>
  `${street.name}: ${depthFactsOf(street, now).join(", ")}.`;

const ONE = { camera: "oneCamera", report: "oneReport", gauge: "oneGauge" } as const;
const MANY = { camera: "cameras", report: "reports", gauge: "gauges" } as const;
