// The answer in one sentence, from what was published; the rule that decides it is siaga_core.rules.water_ahead.

import type { AreaWater } from "../../published/files";
import { number, timeOfDay } from "../../words/format";
import { translate } from "./words";

type NameOf = (gaugeId: string) => string;

/** What comes to the last gauge of the strip, when and how high, as far as it is known. */
export function sentenceOf(water: AreaWater, nameOf: NameOf): string {
  const { answer, stage, unknown, strip } = water;
  const to = nameOf(strip.at(-1)?.gauge_id ?? "");
  if (answer === "here") return translate("here", { to, stage: stage ?? "" });
  if (answer === "unknown") return translate("unknown", { names: namesOf(unknown, nameOf) });
  if (answer === "calm") return translate(strip.length > 1 ? "calm" : "calmAlone", { to });
  const known = { to, stage: stage ?? "", from: nameOf(water.from_id ?? ""), ...timeOf(water), ...bandOf(water) };
  if (answer === "rising") return translate("rising", known);
  if (water.at === null) return translate("comingTimeUnknown", known);
  return translate(hasBand(water) ? "coming" : "comingHeightUnknown", known);
}

/** How sure it is; nothing where there is nothing to doubt. */
export function certaintyOf(water: AreaWater): string | null {
  if (water.answer !== "coming" && water.answer !== "rising") return null;
  if (hasBand(water)) return translate("band");
  return water.at === null ? null : translate("byTravel");
}

/** Of which gauges nothing is known, where the sentence does not say it. */
export const alsoUnknown = (water: AreaWater, nameOf: NameOf): string | null =>
  water.answer === "unknown" || water.unknown.length === 0
    ? null
    : translate("alsoUnknown", { names: namesOf(water.unknown, nameOf) });

const hasBand = ({ low_cm, high_cm }: AreaWater): boolean => low_cm !== null && high_cm !== null;

const timeOf = ({ at }: AreaWater): { t: string } => ({ t: at === null ? "" : timeOfDay(at) });

const bandOf = ({ low_cm, high_cm }: AreaWater): { low: string; high: string } => ({
  low: number(low_cm ?? 0),
  high: number(high_cm ?? 0),
});

const namesOf = (ids: readonly string[], nameOf: NameOf): string => ids.map(nameOf).join(", ");
