// A demo: what the server's document states about it, and the entry into its accounts.

import { signal } from "@preact/signals";
import { fetchJson } from "../api/client";
import { enter, type Who } from "../session/session";

const content = globalThis.document?.querySelector<HTMLMetaElement>("meta[name=demo]")?.content ?? "";

/** How many times faster than a real one the river of a demo runs; null where the city is a real one. */
export const riverSpeed: number | null = speedOf(content);

export function speedOf(text: string): number | null {
  const speed = Number(text || Number.NaN);
  return speed > 0 ? speed : null;
}

export interface DemoAccount {
  readonly user: string;
  readonly name: string;
  readonly role: string;
}

interface Demo {
  readonly accounts: readonly DemoAccount[];
  readonly token: string;
}

export const fetchAccounts = (): Promise<readonly DemoAccount[]> =>
  fetchJson<Demo>("/api/v1/demo").then((found) => found.accounts);

/** Enters an account without a password; throws ApiError. */
export async function enterAs(user: string): Promise<Who> {
  const { token } = await fetchJson<Demo>("/api/v1/demo");
  const person = await fetchJson<Who>("/api/v1/demo/session", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ user, token }),
  });
  return enter(person);
}

/** The account that the address of the sign-in page names, as the terminal of the demo prints it. */
export function accountInHash(hash: string): string | null {
  return riverSpeed === null ? null : (/^#enter=([\w.-]{1,64})$/.exec(hash)?.[1] ?? null);
}

const STEP_KEY = "siaga-demo-step";
const stored = globalThis.localStorage?.getItem(STEP_KEY);

/** The step of the tour that is shown; null once it was dismissed. */
export const tourStep = signal<number | null>(stored === "off" ? null : Number(stored ?? 0));

export function setTourStep(step: number | null): void {
  tourStep.value = step;
  localStorage.setItem(STEP_KEY, step === null ? "off" : String(step));
}
