// The report that is being written, stored on this device, so that neither Back nor a reload nor an empty battery loses it.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Spot } from "../../live/reading";
import { randomId } from "../../queue/store";

export type Step = 1 | 2 | 3;

export interface Draft {
  readonly id: string;
  readonly photos: readonly Blob[];
  readonly place: Spot | null;
  /** Whether the place is the photo's own; "none": the photo carries none; "unknown": nobody could be asked. */
  readonly inPhoto: "yes" | "none" | "unknown";
  readonly category: string;
  /** How deep the water stands on the street; null: not stated. */
  readonly depthCm: number | null;
  readonly text: string;
  /** The furthest step so far; the address of a later one leads here. */
  readonly reached: Step;
  readonly begunAt: number;
}
export type Change = (more: Partial<Draft> | ((before: Draft) => Partial<Draft>)) => void;

/** As long as the server believes in the time of a report. */
const OLDEST_MS = 7 * 86_400_000;

export const fresh = (now: number = Date.now()): Draft => ({
  id: randomId(),
  photos: [],
  place: null,
  inPhoto: "unknown",
  category: "",
  depthCm: null,
  text: "",
  reached: 1,
  begunAt: now,
});

export const isEmpty = ({ photos, place, category, text }: Draft): boolean =>
  photos.length === 0 && place === null && category === "" && text === "";

/** The step of an address: never one that this draft has not reached. */
export function stepOf(wanted: string | undefined, { reached }: Draft): Step {
  const step = wanted === "3" ? 3 : wanted === "2" ? 2 : 1;
  return step <= reached ? step : reached;
}

export const addressOf = (step: Step): string => (step === 1 ? "/report" : `/report?step=${step}`);

interface Schema extends DBSchema {
  parts: { key: "words" | "photos"; value: Omit<Draft, "photos"> | readonly Blob[] };
}
let opening: Promise<IDBPDatabase<Schema>> | null = null;

/** A database of its own: the queue's is open in the service worker too, which would hold up a change of its version. */
function database(): Promise<IDBPDatabase<Schema>> {
  opening ??= openDB<Schema>("siaga-draft", 1, { upgrade: (made) => void made.createObjectStore("parts") });
  return opening;
}

async function read(): Promise<Draft | null> {
  const held = await database();
  const [words, photos] = await Promise.all([held.get("parts", "words"), held.get("parts", "photos")]);
  if (!words || Array.isArray(words)) return null;
  const draft = { ...(words as Omit<Draft, "photos">), photos: (photos as readonly Blob[] | undefined) ?? [] };
  return Date.now() - draft.begunAt < OLDEST_MS ? draft : null;
}

/** Both parts or neither. Photos are large: they are written only where they changed. */
async function write({ photos, ...words }: Draft, before: Draft | null): Promise<void> {
  const change = (await database()).transaction("parts", "readwrite");
  await Promise.all([
    photos === before?.photos ? undefined : change.store.put(photos, "photos"),
    change.store.put(words, "words"),
    change.done,
  ]);
}

interface DraftInHand {
  /** Null until the device was asked for what is stored. */
  readonly draft: Draft | null;
  /** Whether it was begun before this page was opened. */
  readonly isRestored: boolean;
  readonly change: Change;
  readonly set: (draft: Draft) => void;
  /** Gives an empty draft once it is stored, so that Back to a page that is loaded anew does not restore what was sent. */
  readonly renew: () => Promise<Draft>;
}

/** Where nothing can be stored, as in a private window, the draft lives as long as its page. */
export function useDraft(): DraftInHand {
  const [draft, set] = useState<Draft | null>(null);
  const [isRestored, setRestored] = useState(false);
  const written = useRef<Draft | null>(null);
  useEffect(() => {
    const load = (): Promise<void> =>
      read().then(
        (found) => {
          setRestored(found !== null && !isEmpty(found));
          set(found ?? fresh());
        },
        () => set(fresh()),
      );
    /** A page that Back wakes up as it was must not bring back what was sent meanwhile. */
    const wake = (event: PageTransitionEvent): void => {
      if (event.persisted) void load();
    };
    void load();
    addEventListener("pageshow", wake);
    return () => removeEventListener("pageshow", wake);
  }, []);
  useEffect(() => {
    if (draft === null || draft === written.current) return;
    write(draft, written.current).catch(() => undefined);
    written.current = draft;
  }, [draft]);
  const change: Change = (more) =>
    set((before) => before && { ...before, ...(typeof more === "function" ? more(before) : more) });
  const renew = async (): Promise<Draft> => {
    const empty = fresh();
    await write(empty, null).catch(() => undefined);
    written.current = empty;
    return empty;
  };
  return { draft, isRestored, change, set, renew };
}
