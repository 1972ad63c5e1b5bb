// What a chart of levels draws, as numbers: one list of times, and beside it the levels of each line.

import type { Schemas } from "../../api/client";
import { type Gap, knownOf, runsOf } from "./known";
import type { Period } from "./ranges";

/** A level at a time; of an hour also its lowest and highest level and how many readings it stands on. */
export interface Sample {
  readonly at: number;
  readonly cm: number;
  readonly low?: number;
  readonly high?: number;
  readonly count?: number;
}
export type Ahead = Schemas["ForecastPoint"];
/** Undefined: this line has nothing at that time. Null: from here on nothing is known, so the line is broken. */
type Column = (number | null | undefined)[];

const HOUR_MS = 3_600_000;

export const samplesOf = (readings: readonly Schemas["Reading"][]): readonly Sample[] =>
  knownOf(readings).map((one) => ({ at: Date.parse(one.at), cm: one.cm }));

/** An hour stands at its middle; one without a level that can be trusted is no sample. */
export const samplesOfHours = (hours: readonly Schemas["GaugeHour"][]): readonly Sample[] =>
  hours
    .filter((one): one is typeof one & { level_cm: number } => one.level_cm !== null)
    .map((one) => ({
      at: Date.parse(one.hour_at) + HOUR_MS / 2,
      cm: one.level_cm,
      low: one.low_cm ?? one.level_cm,
      high: one.high_cm ?? one.level_cm,
      count: one.readings,
    }));

/** The spans in which nothing is known: between samples that lie apart, and since the last one. */
export const gapsOf = (samples: readonly Sample[], until: number): readonly Gap[] =>
  runsOf(
    samples.map((one) => ({ at: new Date(one.at).toISOString(), cm: one.cm })),
    until,
  ).gaps;

export interface Columns {
  /** In seconds, as the drawing library wants them. */
  readonly times: number[];
  readonly own: Column;
  readonly low: Column;
  readonly high: Column;
  readonly ahead: Column;
  readonly aheadLow: Column;
  readonly aheadHigh: Column;
  readonly others: readonly Column[];
}

/** Everything on one list of times. The line ahead begins where the measured one ends. */
export function columnsOf(
  own: readonly Sample[],
  ahead: readonly Ahead[],
  others: readonly (readonly Sample[])[],
  until: number,
): Columns {
  const last = own[own.length - 1];
  const coming = ahead.map((one) => ({ ...one, at: Date.parse(one.at) }));
  const start =
    last && coming.length > 0 ? [{ at: last.at, level_cm: last.cm, low_cm: last.cm, high_cm: last.cm }] : [];
  const future = [...start, ...coming];
  const all = [own, ...others];
  const breaks = all.map((line) => gapsOf(line, until).map((gap) => gap.from + 1000));
  const times = [
    ...new Set([...all.flat().map((one) => one.at), ...future.map((one) => one.at), ...breaks.flat()]),
  ].sort((a, b) => a - b);
  const column = (values: Iterable<readonly [at: number, value: number | null]>): Column => {
    const held = new Map(values);
    return times.map((at) => held.get(at));
  };
  const broken = (at: number): readonly (readonly [number, null])[] => (breaks[at] ?? []).map((one) => [one, null]);
  return {
    times: times.map((at) => at / 1000),
    own: column([...own.map((one) => [one.at, one.cm] as const), ...broken(0)]),
    low: column([...own.map((one) => [one.at, one.low ?? one.cm] as const), ...broken(0)]),
    high: column([...own.map((one) => [one.at, one.high ?? one.cm] as const), ...broken(0)]),
    ahead: column(future.map((one) => [one.at, one.level_cm] as const)),
    aheadLow: column(future.map((one) => [one.at, one.low_cm] as const)),
    aheadHigh: column(future.map((one) => [one.at, one.high_cm] as const)),
    others: others.map((line, at) => column([...line.map((one) => [one.at, one.cm] as const), ...broken(at + 1)])),
  };
}

export type Limits = readonly (readonly [stage: number, cm: number | null])[];

/** Limits within sight of the levels; one far above would press the line flat. */
export function nearLimits(most: number, limits: Limits): readonly (readonly [stage: number, cm: number])[] {
  return limits.filter((one): one is readonly [number, number] => one[1] !== null && one[1] < most * 1.3 + 30);
}

/** The range of levels to show for those that are seen, with the limits that are near and some room. */
export function levelRange(low: number, high: number, limits: Limits): readonly [number, number] {
  const most = Math.max(high, ...nearLimits(high, limits).map(([, cm]) => cm));
  const room = Math.max(10, (most - low) * 0.08);
  return [low - room, most + room];
}

/** What lies in a span, for the table and the file; a file is complete, a table has a bound. */
export const during = (samples: readonly Sample[], { from, to }: Period): readonly Sample[] =>
  samples.filter((one) => one.at >= from && one.at <= to);

/** As the open data names its columns. */
export function csvOf(id: string, samples: readonly Sample[]): string {
  const rows = samples.map((one) =>
    [id, new Date(one.at).toISOString(), one.cm, one.low ?? "", one.high ?? "", one.count ?? ""].join(","),
  );
  return ["gauge_id,at,level_cm,low_cm,high_cm,readings", ...rows].join("\r\n");
}
