// Numbers, spans and times in the language of the page.

import { language } from "./language";

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value);
}

export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? "–" : `${number(share * 100)}\u00a0%`;
}

type Unit = "second" | "minute" | "hour" | "day";

/** A span in the unit that a person would say it in. */
export function inUnit(seconds: number): readonly [number, Unit] {
  const size = Math.abs(seconds);
  if (size < 90) return [Math.round(seconds), "second"];
  if (size < 5400) return [Math.round(seconds / 60), "minute"];
  if (size < 172_800) return [Math.round(seconds / 3600), "hour"];
  return [Math.round(seconds / 86_400), "day"];
}

export function span(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  const [value, unit] = inUnit(Math.abs(seconds));
  return new Intl.NumberFormat(language.value, { style: "unit", unit, unitDisplay: "long" }).format(value);
}

/** How long ago something was. What is newer than the clock of the page, or by another clock, is now: never to come. */
export function ago(at: string, now: number = Date.now()): string {
  const [value, unit] = inUnit(Math.max(0, now - Date.parse(at)) / 1000);
  return new Intl.RelativeTimeFormat(language.value, { numeric: "auto" }).format(-value, unit);
}

/** In both languages: four in the afternoon is 16:00 on a large screen, a wrist and a form in Jakarta. */
const CYCLE = "h23";

export function timeOfDay(at: string | number): string {
  return new Intl.DateTimeFormat(language.value, { hour: "2-digit", minute: "2-digit", hourCycle: CYCLE }).format(
    new Date(at),
  );
}

export function dateAndTime(at: string | number): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium", timeStyle: "short", hourCycle: CYCLE }).format(
    new Date(at),
  );
}

export function day(at: string | number): string {
  return new Intl.DateTimeFormat(language.value, { dateStyle: "medium" }).format(new Date(at));
}

export function metres(distance: number): string {
  return distance < 950 ? `${number(Math.round(distance / 10) * 10)} m` : `${number(distance / 1000, 1)} km`;
}
