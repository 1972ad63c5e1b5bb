// Where this device is; asked only when a person wants something that needs it.

import { signal } from "@preact/signals";

export interface Here {
  readonly lat: number;
  readonly lon: number;
  readonly accuracyM: number | null;
  readonly at: string;
}

const SECONDS = 15;

/** Where the device was when it was last asked; leaves with the page. */
export const here = signal<Here | null>(null);

export const canLocate = (): boolean => "geolocation" in navigator && isSecureContext;

const LAST_REQUEST_KEY = "siaga-near";

/** The position, without a question: for whoever asked for it before and allows it still. */
export async function locateAgain(): Promise<void> {
  if (!canLocate() || localStorage.getItem(LAST_REQUEST_KEY) === null) return;
  const allowed = await navigator.permissions?.query({ name: "geolocation" }).catch(() => null);
  if (allowed?.state === "granted") await locate();
}

/** The position now; null where it is refused or cannot be had. */
export function locate(): Promise<Here | null> {
  if (!canLocate()) return Promise.resolve(null);
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      (found) => {
        here.value = read(found);
        localStorage.setItem(LAST_REQUEST_KEY, "1");
        resolve(here.value);
      },
      () => resolve(null),
      { enableHighAccuracy: true, timeout: SECONDS * 1000, maximumAge: 30_000 },
    );
  });
}

export function read(found: GeolocationPosition): Here {
  const { latitude, longitude, accuracy } = found.coords;
  return { lat: latitude, lon: longitude, accuracyM: accuracy, at: new Date(found.timestamp).toISOString() };
}
