// The key of this device: made once, never readable by any script, and used to sign what is sent. Runs in the page and
// in the service worker. Without it (no https, no IndexedDB) everything is sent unsigned: a signature is only evidence.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Schemas } from "../api/client";

interface HeldKey {
  readonly id: string;
  readonly privateKey: CryptoKey;
  readonly x: string;
  readonly y: string;
  /** By how much the server's time is ahead of this device's. */
  readonly aheadMs: number;
  /** When the server last confirmed it, by this device's time; 0: never. */
  readonly registeredAt: number;
  /** Who was signed in then; "" for a citizen. */
  readonly registeredFor: string;
}

/** What the server prompts for two photos of one task; usable without a connection while it is valid. */
export interface Challenge {
  readonly challengeId: string;
  readonly taskId: string;
  readonly keyId: string;
  readonly nonce: string;
  readonly direction: "left" | "right" | "up" | "down";
  readonly expiresAt: string;
}

interface Schema extends DBSchema {
  keys: { key: string; value: HeldKey };
  challenges: { key: string; value: Challenge };
}

const OWN = "own";
const LOCK = "siaga-device-key";
const AGAIN_MS = 24 * 3_600_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNING = { name: "ECDSA", hash: "SHA-256" } as const;
const REVOKED = "device_key_revoked";
let opening: Promise<IDBPDatabase<Schema>> | null = null;

function database(): Promise<IDBPDatabase<Schema>> {
  opening ??= openDB<Schema>("siaga-device", 1, {
    upgrade(made) {
      made.createObjectStore("keys");
      made.createObjectStore("challenges", { keyPath: "taskId" });
    },
  });
  return opening;
}

/** The id of this device's key, where it has one. */
export async function ownKeyId(): Promise<string | null> {
  return (await held())?.id ?? null;
}

/** What the server's time is now, as far as this device knows. */
export async function serverNow(): Promise<Date> {
  return new Date(Date.now() + ((await held())?.aheadMs ?? 0));
}

/** Makes the key where there is none and has the server confirm it once a day, and for each person who signs in. */
export async function registerDevice(user: string | null = null): Promise<void> {
  if (!globalThis.crypto?.subtle) return;
  const register = async (): Promise<void> => {
    const key = (await held()) ?? (await make());
    if (!isConfirmed(key, user, Date.now())) await confirm(key, user ?? key.registeredFor);
  };
  await (navigator.locks ? navigator.locks.request(LOCK, register) : register()).catch(() => null);
}

/** Whether the server confirmed a key within a day, for this person. A clock that was set back confirms nothing. */
export function isConfirmed(
  key: Pick<HeldKey, "registeredAt" | "registeredFor">,
  user: string | null,
  now: number,
): boolean {
  return Math.abs(now - key.registeredAt) < AGAIN_MS && (user === null || user === key.registeredFor);
}

/** The signature of bytes by this device's key; null where it has none. */
export async function sign(message: string): Promise<{ readonly keyId: string; readonly signature: string } | null> {
  const key = await held();
  return key && { keyId: key.id, signature: await signature(key, message) };
}

/** A request as `fetch` sends it, signed where this device has a key. */
export async function signedFetch(path: string, init: RequestInit = {}): Promise<Response> {
  await registerDevice();
  const key = await held();
  return key ? fetch(await signedRequest(key, path, init)) : fetch(path, init);
}

/** The open challenge of a task: the server's, or the one that this phone stored while there was a connection. */
export async function challengeOf(taskId: string): Promise<Challenge | null> {
  try {
    const answer = await signedFetch(`/api/v1/tasks/${taskId}/capture-challenges`, { method: "POST" });
    const keyId = await ownKeyId();
    if (answer.ok && keyId !== null) await saveChallenge(await answer.json(), keyId);
  } catch {
    // No connection: what was stored before counts.
  }
  return storedChallenge(taskId);
}

async function saveChallenge(given: Schemas["CaptureChallenge"], keyId: string): Promise<void> {
  const { challenge_id, task_id, nonce, direction, expires_at } = given;
  const challenge = { challengeId: challenge_id, taskId: task_id, keyId, nonce, direction, expiresAt: expires_at };
  await (await database()).put("challenges", challenge);
}

async function storedChallenge(taskId: string): Promise<Challenge | null> {
  const [challenge, key, now] = await Promise.all([readChallenge(taskId), held(), serverNow()]);
  const isUsable = challenge && challenge.keyId === key?.id && Date.parse(challenge.expiresAt) > now.getTime();
  return isUsable ? challenge : null;
}

async function readChallenge(taskId: string): Promise<Challenge | undefined> {
  try {
    return await (await database()).get("challenges", taskId);
  } catch {
    return undefined;
  }
}

/** A challenge is answered once. */
export async function dropChallenge(taskId: string): Promise<void> {
  await (await database()).delete("challenges", taskId);
}

async function signedRequest(key: HeldKey, path: string, init: RequestInit): Promise<Request> {
  // A form is written out first, because its boundary is part of what is signed.
  const plain = new Request(new URL(path, location.origin), init);
  const body = await plain.arrayBuffer();
  const at = String(Math.round(Date.now() + key.aheadMs));
  const url = new URL(plain.url);
  const parts = ["siaga-request-1", plain.method, url.pathname + url.search, key.id, at, await digest(body)];
  const headers = new Headers(plain.headers);
  headers.set("X-Siaga-Key", key.id);
  headers.set("X-Siaga-Time", at);
  headers.set("X-Siaga-Signature", await signature(key, parts.join("\n")));
  return new Request(url, { ...init, headers, method: plain.method, ...(body.byteLength > 0 ? { body } : {}) });
}

/** SHA-256 in hex. */
export async function digest(data: ArrayBuffer): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function held(): Promise<HeldKey | null> {
  try {
    return (await (await database()).get("keys", OWN)) ?? null;
  } catch {
    return null; // private windows of some browsers have no IndexedDB
  }
}

async function save(key: HeldKey): Promise<HeldKey> {
  await (await database()).put("keys", key, OWN);
  return key;
}

async function make(): Promise<HeldKey> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const thumbprint = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(JSON.stringify({ crv: "P-256", kty: "EC", x, y })),
  );
  const id = base64url(thumbprint);
  return save({ id, privateKey: pair.privateKey, x, y, aheadMs: 0, registeredAt: 0, registeredFor: "" });
}

async function confirm(key: HeldKey, user: string): Promise<void> {
  const body = JSON.stringify({ x: key.x, y: key.y });
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(await signedRequest(key, "/api/v1/device-keys", { method: "POST", headers, body }));
  const confirmed = (await answer.json().catch(() => ({}))) as { readonly server_ms?: number; readonly code?: string };
  if (answer.ok && confirmed.server_ms) {
    await save({ ...key, aheadMs: confirmed.server_ms - Date.now(), registeredAt: Date.now(), registeredFor: user });
  } else if (confirmed.code === REVOKED) await (await database()).delete("keys", OWN);
}

async function signature(key: HeldKey, message: string): Promise<string> {
  return base64url(await crypto.subtle.sign(SIGNING, key.privateKey, new TextEncoder().encode(message)));
}

function base64url(data: ArrayBuffer): string {
  const text = String.fromCharCode(...new Uint8Array(data));
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
