// The state of the city as it was published: how old it is, and what of it may be read as the present.

import { computed } from "@preact/signals";
import type { FloodState, Gauge } from "../live/city";
import { now } from "../shell/now";
import { language } from "../words/language";
import { NOW, type Now, type Stamped } from "./files";
import { type Held, skewMillis, usePublished } from "./poll";

/** The time by the server's clock, as far as it is known. */
const serverNow = computed(() => now.value + skewMillis.value);

/** Whether a file is too old to be read as the present. */
export const isOld = (file: Stamped): boolean => serverNow.value > Date.parse(file.valid_until);

/** For how long a file has been there, in milliseconds; a little ahead is now. */
export const ageOf = (file: Stamped): number => Math.max(0, serverNow.value - Date.parse(file.generated_at));

export interface City {
  readonly file: Now | null;
  readonly error: Held<Now>["error"];
  readonly gauges: readonly Gauge[];
  readonly floods: readonly FloodState[];
  /** Nothing of it says how things are now. */
  readonly isOld: boolean;
}

/** The city at a glance, up to date while the component is shown. */
export function useCityNow(): City {
  const { content: file, error } = usePublished<Now>(NOW);
  if (file === null) return { file, error, gauges: [], floods: [], isOld: false };
  const old = isOld(file);
  return { file, error, gauges: gaugesOf(file, old), floods: file.flood_states, isOld: old };
}

/** Under their names in the language of the page. */
export function gaugesOf(file: Now, old: boolean): readonly Gauge[] {
  return file.gauges.map((one) => named(old ? lapsed(one, file.generated_at) : one));
}

/** A level of before is no level of now. */
function lapsed(gauge: Gauge, at: string): Gauge {
  if (gauge.unknown_cause) return gauge;
  return {
    ...gauge,
    level_cm: null,
    stage: null,
    stage_since: null,
    quality: null,
    rate_cm_per_hour: null,
    trend: "unknown",
    unknown_cause: "not_published",
    unknown_since: at,
    last_level_cm: gauge.level_cm,
    last_stage: gauge.stage,
    last_known_at: gauge.measured_at,
  };
}

/** A camera or gauge under its English name where English is spoken and it has one. */
export function named<T extends { readonly name: string; readonly name_en?: string }>(thing: T): T {
  return thing.name_en && language.value === "en" ? { ...thing, name: thing.name_en } : thing;
}
