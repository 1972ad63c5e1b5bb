// Who is signed in. The session is a cookie that no script reads; what changes something carries the page's own token.

import { computed, signal } from "@preact/signals";
import { ApiError, api, request, type Schemas } from "../api/client";
import { reloadCity } from "../live/city";
import { reopenStream, whenSignedOut } from "../live/stream";
import { toast } from "../parts/toasts";
import { registerDevice } from "../queue/device";
import { translate } from "../shell/words";

export type Who = Schemas["CurrentSession"];
export type Role = "citizen" | "officer" | "area_head" | "agency_head" | "operator" | "leader" | "admin";

/** undefined: not requested yet; null: nobody. */
export const who = signal<Who | null | undefined>(undefined);
/** Whose session ended elsewhere while a page was open; until somebody signs in, or leaves. */
export const endedFor = signal<Who | null>(null);
/** What the pages are drawn for; of one whose session ended elsewhere still that, so that nothing begun is taken away. */
export const role = computed(() => ((who.value ?? endedFor.value)?.role as Role | undefined) ?? null);

/** Where each role begins its day. */
const HOME: Readonly<Record<Role, string>> = {
  citizen: "/",
  officer: "/officer",
  area_head: "/heads",
  agency_head: "/heads",
  leader: "/heads",
  operator: "/control",
  admin: "/admin",
};
const REMEMBERED = "siaga-who";

export const ACCOUNT = "/account";

/** Whoever must add a passkey first can do that and nothing else. */
export const homeOf = (person: Who): string => (person.needs_passkey ? ACCOUNT : (HOME[person.role as Role] ?? "/"));

api.use({
  onRequest({ request }) {
    const token = who.value?.csrf_token;
    if (token && request.method !== "GET") request.headers.set("X-CSRF-Token", token);
    return request;
  },
});

let loading: Promise<void> | null = null;
/** Whether the stream was opened for staff. */
let streamFor: boolean | undefined;

const isStaff = (): boolean => who.value !== null && who.value !== undefined && who.value.role !== "citizen";

function openStream(): void {
  streamFor = isStaff();
  reopenStream(streamFor);
}

/** Asks the server who is signed in; without a signal, whoever was last is believed (the server decides anyway). */
export function loadSession(): Promise<void> {
  loading ??= request(api.GET("/api/v1/session"))
    .then(remember)
    .catch((error: unknown) => {
      const isUnreachable = error instanceof ApiError && error.isUnreachable;
      who.value = isUnreachable ? recalled() : null;
    })
    .finally(() => {
      loading = null;
      if (streamFor !== isStaff()) openStream();
    });
  return loading;
}

/** Signs in; throws ApiError. */
export async function signIn(user: string, password: string): Promise<Who> {
  return enter(await request(api.POST("/api/v1/session", { body: { user, password } })));
}

/** Goes on as somebody who has just signed in. */
export function enter(person: Who): Who {
  remember(person);
  openStream();
  reloadCity();
  return person;
}

/** Ends the session; whether it ended. Without an answer it did not: the page says so and nobody appears signed out. */
export async function signOut(): Promise<boolean> {
  const ended = await request(api.DELETE("/api/v1/session")).then(
    () => true,
    (error: unknown) => error instanceof ApiError && error.status === 401,
  );
  if (!ended) {
    toast(translate("stillSignedIn"), "bad");
    return false;
  }
  endedFor.value = null;
  forget();
  openStream();
  reloadCity();
  return true;
}

// Ended elsewhere, or the role changed: what this page may show is asked anew.
whenSignedOut(() => {
  endedFor.value = who.value ?? null;
  void loadSession().then(() => {
    if (who.value === null) {
      forget();
      toast(translate("sessionEnded"), "warn");
    } else endedFor.value = null;
    openStream();
    reloadCity();
  });
});

/** Whoever was signed out elsewhere does not sign in again. */
export function leaveEnded(): void {
  endedFor.value = null;
}

function forget(): void {
  localStorage.removeItem(REMEMBERED);
  navigator.serviceWorker?.controller?.postMessage("forget");
  who.value = null;
}

function remember(person: Who): void {
  who.value = person;
  endedFor.value = null;
  localStorage.setItem(REMEMBERED, JSON.stringify(person));
  void registerDevice(person.user);
}

/** Whether somebody signed in on this device and did not sign out. */
export const mayBeSignedIn = (): boolean => localStorage.getItem(REMEMBERED) !== null;

function recalled(): Who | null {
  const stored = localStorage.getItem(REMEMBERED);
  return stored ? (JSON.parse(stored) as Who) : null;
}
