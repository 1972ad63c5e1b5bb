// What is known of the city now, kept up to date while a page follows it.

import { effect, type Signal, signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { ApiError, api, lastCachedAt, request, type Schemas } from "../api/client";
import { language } from "../words/language";
import { type Change, type Kind, listen, type Quiet } from "./stream";

export type Gauge = Schemas["Gauge"];
export type Camera = Schemas["Camera"];
export type Incident = Schemas["Incident"];
export type Task = Schemas["Task"];
export type FloodState = Schemas["AreaFloodState"];
export type Node = Schemas["Node"];

interface Followed {
  readonly gauge: Gauge;
  readonly camera: Camera;
  readonly incident: Incident;
  readonly task: Task;
  readonly flood_state: FloodState;
  readonly node: Node;
}
export type FollowedKind = keyof Followed;
export type Held<T> = ReadonlyMap<string, T>;

/** How many of a kind are held at most: a control room that runs for weeks must not grow. */
const MOST: Readonly<Record<FollowedKind, number>> = {
  gauge: 5_000,
  camera: 10_000,
  incident: 2_500,
  task: 2_500,
  flood_state: 5_000,
  node: 10_000,
};
const KINDS = Object.keys(MOST) as readonly FollowedKind[];
const GATHER_MS = 150;
// Times move states (overdue, unknown) without any change in the database.
const RELOAD_MS = 300_000;

export const city: { readonly [K in FollowedKind]: Signal<Held<Followed[K]>> } = {
  gauge: signal(new Map()),
  camera: signal(new Map()),
  incident: signal(new Map()),
  task: signal(new Map()),
  flood_state: signal(new Map()),
  node: signal(new Map()),
};
/** What is known now, also while `city` shows a past minute. */
const known: { [K in FollowedKind]: Held<unknown> } = {
  gauge: new Map(),
  camera: new Map(),
  incident: new Map(),
  task: new Map(),
  flood_state: new Map(),
  node: new Map(),
};
let isPast = false;
/** Which kinds have been loaded at least once. */
export const loaded = signal<ReadonlySet<FollowedKind>>(new Set());
export const loadError = signal<ApiError | null>(null);

const loads: { readonly [K in FollowedKind]: () => Promise<readonly (readonly [string, Followed[K]])[]> } = {
  gauge: async () => byId(await request(api.GET("/api/v1/gauges"))),
  camera: async () => byId(await request(api.GET("/api/v1/cameras"))),
  incident: loadIncidents,
  task: async () => byId(await request(api.GET("/api/v1/tasks", { params: { query: { limit: 500 } } }))),
  flood_state: async () => (await request(api.GET("/api/v1/flood-states"))).map((one) => [one.area_id, one] as const),
  node: async () => byId(await request(api.GET("/api/v1/nodes"))),
};

/** All that are open, however old, and the newest of the others. */
async function loadIncidents(): Promise<readonly (readonly [string, Incident])[]> {
  const [open, newest] = await Promise.all([
    request(api.GET("/api/v1/incidents", { params: { query: { state: "open", limit: MOST.incident } } })),
    request(api.GET("/api/v1/incidents", { params: { query: { limit: 100 } } })),
  ]);
  return [...new Map(byId([...newest, ...open]))];
}

const byId = <T extends { readonly id: string }>(items: readonly T[]) =>
  items.map((one) => [one.id, inWords(one)] as const);

/** A camera or gauge under its English name where English is spoken and it has one. */
export function inWords<T>(thing: T): T {
  const { name_en } = thing as { name_en?: string };
  return name_en && language.value === "en" ? { ...thing, name: name_en } : thing;
}

const users = new Map<FollowedKind, number>();
const pending = new Map<FollowedKind, Map<string, unknown>>();
/** When each kind was requested last, in milliseconds since the page began. */
const requestedAt = new Map<FollowedKind, number>();
const loading = new Map<FollowedKind, Promise<void>>();
/** What was asked for too early: it is loaded anew once the answer on its way has come. */
const outdated = new Set<FollowedKind>();
let stop: (() => void) | null = null;
let gathering = 0;
let timer = 0;

/** Loads these kinds and keeps `city` up to date with them while the component is shown. */
export function useCity(...kinds: readonly FollowedKind[]): void {
  const key = kinds.join();
  // Asked for before the first image, which takes a slow phone a second.
  useLayoutEffect(() => (key === "" ? undefined : follow(key.split(",") as FollowedKind[])), [key]);
}

/** The same without a component; call the returned function when done. */
function follow(kinds: readonly FollowedKind[]): () => void {
  for (const kind of kinds) users.set(kind, (users.get(kind) ?? 0) + 1);
  if (stop === null) start();
  else for (const kind of kinds) if (users.get(kind) === 1) void load(kind);
  return () => {
    for (const kind of kinds) users.set(kind, (users.get(kind) ?? 1) - 1);
    if ([...users.values()].every((count) => count === 0)) end();
  };
}

/** Loads everything that is followed anew; call after something was changed that the stream does not send. */
export async function reloadCity(): Promise<void> {
  await Promise.all(followed().map(load));
}

const followed = (): FollowedKind[] => [...users].filter(([, count]) => count > 0).map(([kind]) => kind);

// Names are held in the language of the page: another language needs them anew.
effect(() => {
  if (language.value) void reloadCity();
});

function start(): void {
  // Data first: a browser without a working stream still shows what is.
  void reloadCity();
  stop = listen({ onChange: note, onReload: reloadOld });
  timer = setInterval(() => void reloadCity(), RELOAD_MS) as unknown as number;
}

/** Asks anew for what changed after it was asked for, or may have. */
function reloadOld(quiet: Quiet): void {
  const now = performance.now();
  for (const kind of followed()) {
    const requested = requestedAt.get(kind) ?? 0;
    if (quiet(kind) <= now - requested || lastCachedAt() >= requested) void load(kind);
  }
}

function end(): void {
  stop?.();
  stop = null;
  clearInterval(timer);
}

/** Asks now; an answer that is on its way already may be older than what the caller knows of. */
function load(kind: FollowedKind): Promise<void> {
  const running = loading.get(kind);
  if (running) outdated.add(kind);
  const begun = running ?? loadUntilNew(kind);
  loading.set(kind, begun);
  return begun;
}

/** Until the answer is not older than the last that asked for it. */
async function loadUntilNew(kind: FollowedKind): Promise<void> {
  do {
    outdated.delete(kind);
    // The first answer may be one that the browser asked for beside the scripts (the page's HTML).
    requestedAt.set(kind, requestedAt.has(kind) ? performance.now() : 0);
    await loadNow(kind);
  } while (outdated.has(kind));
  loading.delete(kind);
}

async function loadNow<K extends FollowedKind>(kind: K): Promise<void> {
  try {
    const items = await loads[kind]();
    // Changes that came meanwhile are newer than what was loaded.
    const oldestFirst = new Map([...items].reverse());
    hold(kind, changed(oldestFirst, pending.get(kind), MOST[kind]));
    pending.delete(kind);
    loaded.value = new Set([...loaded.value, kind]);
    loadError.value = null;
  } catch (error) {
    loadError.value = error instanceof ApiError ? error : new ApiError(0, "bug", String(error));
  }
}

function note(kind: Kind, change: Change): void {
  const concerned = followed().filter((one) => one === kind);
  if (concerned.length === 0) return;
  // A node's change comes without the node, which only staff may read.
  if (kind === "node") {
    void load("node");
    return;
  }
  for (const one of concerned) {
    const held = pending.get(one) ?? new Map<string, unknown>();
    held.set(change.id, change.object);
    pending.set(one, held);
  }
  if (gathering === 0) gathering = setTimeout(apply, GATHER_MS) as unknown as number;
}

function apply(): void {
  gathering = 0;
  for (const [kind, changes] of pending) {
    hold(kind, changed<unknown>(known[kind], changes, MOST[kind]));
  }
  if (loading.size === 0) pending.clear();
}

/** What came is of the kind that was asked for: the server's forms are typed, the signals by kind are not one type. */
function hold(kind: FollowedKind, items: Held<unknown>): void {
  known[kind] = items;
  if (!isPast) show(kind, items);
}

function show(kind: FollowedKind, items: Held<unknown>): void {
  (city[kind] as Signal<Held<unknown>>).value = items;
}

export type City = { readonly [K in FollowedKind]: Held<Followed[K]> };

/** Shows a past minute until `showNow`; what changes meanwhile is held, and shown then. */
export function showPast(past: City): void {
  isPast = true;
  for (const kind of KINDS) show(kind, past[kind]);
}

export function showNow(): void {
  isPast = false;
  for (const kind of KINDS) show(kind, known[kind]);
}

/** What is known of these now, whatever is shown. */
export const knownNow = <K extends FollowedKind>(kind: K): Held<Followed[K]> => known[kind] as Held<Followed[K]>;

/** A map with changes in it: null takes away, the newest stands last, and the oldest leaves when there are too many. */
export function changed<T>(held: Held<T>, changes: Held<unknown> | undefined, most: number): Held<T> {
  const next = new Map(held);
  for (const [id, object] of changes ?? []) {
    next.delete(id);
    if (object !== null && object !== undefined) next.set(id, inWords(object as T));
  }
  for (const id of next.keys()) {
    if (next.size <= most) break;
    next.delete(id);
  }
  return next;
}
