// What waits on this device to be sent: stored in IndexedDB, so that it outlives a closed page and an empty battery.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";

export type TaskVerb = "accept" | "decline" | "arrive" | "pause" | "resume" | "resolve";

export interface Photo {
  readonly file: Blob;
  readonly takenAt: string;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly accuracyM: number | null;
  /** Of a photo that was made in place as the server prompted. */
  readonly capture?: Capture;
}

/** The second photo, and what this device signed about both. */
export interface Capture {
  readonly second: Blob;
  readonly statement: string;
  readonly signature: string;
}

interface Common {
  /** A random UUID, also the key by which the server knows a second try. */
  readonly id: string;
  readonly at: string;
  /** What must be sent in order: everything of one task. */
  readonly line: string;
  /** Why the server refused it for good; a person decides what becomes of it. */
  refused?: string;
  /** The same as a code, which pages show in the language of the page. */
  refusedCode?: string;
}

export interface ReportItem extends Common {
  readonly kind: "report";
  readonly category: string;
  readonly text: string;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly photos: readonly Blob[];
  /** The depth of water on the street, where it was stated. */
  readonly depthCm?: number;
  /** Version of the privacy statement that the form showed. */
  readonly privacy?: string;
}

/** A confirmation of an incident that others reported. Without a place its own is used. */
export interface MeTooItem extends Common {
  readonly kind: "me_too";
  readonly incidentId: string;
  readonly category: string;
  readonly text: string;
  readonly lat: number | null;
  readonly lon: number | null;
}

export interface MoveItem extends Common {
  readonly kind: "move";
  readonly taskId: string;
  readonly number: number;
  readonly verb: TaskVerb;
  readonly note: string;
  readonly photo: Photo | null;
  /** Given by the server once the photo has arrived. */
  photoId?: string;
}

export interface NoteItem extends Common {
  readonly kind: "note";
  readonly taskId: string;
  readonly number: number;
  readonly text: string;
}

export interface CheckItem extends Common {
  readonly kind: "check";
  readonly taskId: string;
  readonly number: number;
  readonly item: string;
  readonly done: boolean;
}

export interface AttachmentItem extends Common {
  readonly kind: "attachment";
  readonly taskId: string;
  readonly number: number;
  readonly photo: Photo;
}

export interface PositionItem extends Common {
  readonly kind: "position";
  readonly lat: number;
  readonly lon: number;
  readonly accuracyM: number | null;
}

export type Item = ReportItem | MeTooItem | MoveItem | NoteItem | CheckItem | AttachmentItem | PositionItem;

/** Where a report that was sent can be followed. */
export interface Sent {
  readonly id: string;
  readonly at: string;
  readonly category: string;
  readonly follow: string;
}

interface Schema extends DBSchema {
  items: { key: string; value: Item };
  sent: { key: string; value: Sent };
}

const MOST_POSITIONS = 2_000;
const MOST_SENT = 50;
let opening: Promise<IDBPDatabase<Schema>> | null = null;

function database(): Promise<IDBPDatabase<Schema>> {
  opening ??= openDB<Schema>("siaga", 1, {
    upgrade(made) {
      made.createObjectStore("items", { keyPath: "id" });
      made.createObjectStore("sent", { keyPath: "id" });
    },
  });
  return opening;
}

/** Everything that waits, the oldest first. */
export async function waiting(): Promise<Item[]> {
  const items = await (await database()).getAll("items");
  return items.sort((a, b) => a.at.localeCompare(b.at));
}

export async function save(item: Item): Promise<void> {
  await (await database()).put("items", item);
}

export async function drop(ids: readonly string[]): Promise<void> {
  const change = (await database()).transaction("items", "readwrite");
  await Promise.all([...ids.map((id) => change.store.delete(id)), change.done]);
}

/** A position; beyond a day's worth the oldest make room. */
export async function savePosition(item: PositionItem): Promise<void> {
  const held = (await waiting()).filter((one) => one.kind === "position");
  await drop(held.slice(0, Math.max(0, held.length + 1 - MOST_POSITIONS)).map((one) => one.id));
  await save(item);
}

export async function saveSent(sent: Sent): Promise<void> {
  await (await database()).put("sent", sent);
  const all = await allSent();
  const old = all.slice(MOST_SENT);
  const change = (await database()).transaction("sent", "readwrite");
  await Promise.all([...old.map((one) => change.store.delete(one.id)), change.done]);
}

/** My reports, the newest first. */
export async function allSent(): Promise<Sent[]> {
  const all = await (await database()).getAll("sent");
  return all.sort((a, b) => b.at.localeCompare(a.at));
}

/** A random UUID; `crypto.randomUUID` is missing on pages without https, `getRandomValues` is not. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
