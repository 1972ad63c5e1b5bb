// The accounts of a demo, the entry into them, and where its tour is.

import { signal } from "@preact/signals";
import { fetchJson } from "../api/client";
import { enter, type Who } from "../session/session";
import { riverSpeed } from "./speed";

export interface DemoAccount {
  readonly user: string;
  readonly name: string;
  readonly role: string;
}

export interface Demo {
  readonly accounts: readonly DemoAccount[];
  /** The page with the messages that the city sent, the clock of the story, and things to break. */
  readonly console_url: string | null;
  readonly token: string;
}

/** How many seconds of the story pass in one second: 0 while it stands. */
export const storyRate = signal(1);

export async function refreshStory(): Promise<void> {
  storyRate.value = (await fetchJson<{ rate: number }>("/api/v1/demo/story")).rate;
}

export const fetchDemo = (): Promise<Demo> => fetchJson<Demo>("/api/v1/demo");

/** Enters an account without a password; throws ApiError. */
export async function enterAs(user: string): Promise<Who> {
  const { token } = await fetchDemo();
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
