// Numbers as people type them: with a point or a comma; empty is none.

/** null: nothing was typed; NaN: it is no number. */
export function typed(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  if (plain === "") return null;
  return /^[-+]?\d+(\.\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
}

export const shown = (value: number | null): string => (value === null ? "" : String(value));

/** Whether a field that must hold a number holds none. */
export const isNoNumber = (text: string): boolean => typed(text) === null || Number.isNaN(typed(text));

const MOST = { lat: 90, lon: 180 } as const;

/** Whether degrees are none, or beyond where the earth ends. */
export const isNoDegree = (key: "lat" | "lon", text: string): boolean =>
  isNoNumber(text) || Math.abs(typed(text) ?? 0) > MOST[key];

type LimitFault = "notRising" | "needsS3" | "numberWrong";

/** What is wrong with the limits of a gauge, by field: they rise from Siaga 3 over 2 to 1. */
export function limitFaults(s3: string, s2: string, s1: string): Partial<Record<"s3" | "s2" | "s1", LimitFault>> {
  const [three, two, one] = [typed(s3), typed(s2), typed(s1)];
  const faults: Partial<Record<"s3" | "s2" | "s1", LimitFault>> = {};
  for (const [key, value] of [
    ["s3", three],
    ["s2", two],
    ["s1", one],
  ] as const) {
    if (Number.isNaN(value)) faults[key] = "numberWrong";
  }
  if (Object.keys(faults).length > 0) return faults;
  if (three === null) return two !== null || one !== null ? { s3: "needsS3" } : {};
  if (two !== null && two < three) faults.s2 = "notRising";
  if (one !== null && one < (two ?? three)) faults.s1 = "notRising";
  return faults;
}
