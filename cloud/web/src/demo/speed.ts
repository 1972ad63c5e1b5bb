// The clock of a demo's river, as the server's document states it.

const content = globalThis.document?.querySelector<HTMLMetaElement>("meta[name=demo]")?.content ?? "";

export function speedOf(text: string): number | null {
  const speed = Number(text || Number.NaN);
  return speed > 0 ? speed : null;
}

/** How many times faster than a real one the river of a demo runs; null where the city is a real one. */
export const riverSpeed: number | null = speedOf(content);

/** A rate of the water by the river's own clock: what a real river of this kind would do in an hour. */
export const byRiverClock = (rate: number, speed: number | null = riverSpeed): number => rate / (speed ?? 1);
