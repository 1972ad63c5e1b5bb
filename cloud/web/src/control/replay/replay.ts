// A past minute in place of now: loads what the city held then, and shows it until somebody goes back to now.

import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, api, request, type Schemas } from "../../api/client";
import {
  type City,
  type FollowedKind,
  inWords,
  knownNow,
  loadError,
  loaded as loadedKinds,
  showNow,
  showPast,
} from "../../live/city";
import { holdTimeAt } from "../../shell/now";
import { language } from "../../words/language";
import { MINUTE_MS, nameOf } from "./minutes";

export type PastState = Schemas["ControlRoomState"];

interface Replay {
  /** The minute that was chosen. */
  readonly at: number;
  /** What is shown; null until it has come. */
  readonly state: PastState | null;
  readonly error: ApiError | null;
}

/** null: the page shows now. */
export const replay = signal<Replay | null>(null);

const PARTS = {
  gauge: "gauges",
  camera: "cameras",
  incident: "incidents",
  task: "tasks",
  flood_state: "flood_states",
  node: "nodes",
} as const;

/** Whether nobody recorded anything of a kind at the minute that is shown. */
export function isUnknownThen(kind: FollowedKind): boolean {
  const state = replay.value?.state;
  return Boolean(state) && state?.[PARTS[kind]] === null;
}

const NOTHING: City = {
  gauge: new Map(),
  camera: new Map(),
  incident: new Map(),
  task: new Map(),
  flood_state: new Map(),
  node: new Map(),
};
/** Minutes that were loaded, the one used last at the end; the past does not change. */
const loaded = new Map<number, PastState>();
const MOST_LOADED = 60;

/** Shows the city at a minute while the component is shown; null shows now. */
export function useReplay(at: number | null): void {
  const spoken = language.value;
  useEffect(() => {
    if (at === null) return;
    const stopping = new AbortController();
    void begin(at, stopping.signal);
    return () => stopping.abort();
  }, [at, spoken]);
  useEffect(() => (at === null ? leave() : undefined), [at]);
  useEffect(() => leave, []);
}

function leave(): void {
  if (replay.value === null) return;
  replay.value = null;
  holdTimeAt(null);
  showNow();
}

async function begin(at: number, stop: AbortSignal): Promise<void> {
  // What is shown stays until the new minute is there; of now nothing stays.
  const shown = replay.value?.state ?? null;
  if (shown === null) showPast(NOTHING);
  replay.value = { at, state: shown, error: null };
  try {
    const [state] = await Promise.all([load(at, stop), namesAreKnown()]);
    if (stop.aborted) return;
    holdTimeAt(Date.parse(state.at));
    showPast(cityOf(state));
    replay.value = { at, state, error: null };
  } catch (error) {
    if (stop.aborted) return;
    showPast(NOTHING);
    replay.value = {
      at,
      state: null,
      error: error instanceof ApiError ? error : new ApiError(0, "bug", String(error)),
    };
  }
}

/** Waits for the cameras and nodes of now, whose names and places the past has, or for the failure to load them. */
async function namesAreKnown(): Promise<void> {
  let stop = (): void => undefined;
  await new Promise<void>((resolve) => {
    stop = effect(() => {
      const isKnown = loadedKinds.value.has("camera") && loadedKinds.value.has("node");
      if (isKnown || loadError.value !== null) resolve();
    });
  });
  stop();
}

async function load(at: number, stop: AbortSignal): Promise<PastState> {
  const held = loaded.get(at);
  const state =
    held ??
    (await request(api.GET("/api/v1/control-room/state", { params: { query: { at: nameOf(at) } }, signal: stop })));
  loaded.delete(at);
  // The minute that is not over yet may still be told more about.
  if (Date.now() - at > 2 * MINUTE_MS) loaded.set(at, state);
  for (const oldest of loaded.keys()) {
    if (loaded.size <= MOST_LOADED) break;
    loaded.delete(oldest);
  }
  return state;
}

/** What stays the same is that of now: names, places and zones. */
function cityOf(state: PastState): City {
  const [cameras, nodes] = [knownNow("camera"), knownNow("node")];
  return {
    gauge: byId(state.gauges.map(inWords)),
    camera: merged(state.cameras ?? [], cameras, (then, camera) => ({
      ...camera,
      unknown_since: then.unknown_since,
      masked_since: then.masked_since,
      last_frame_at: then.has_frame ? (camera.last_frame_at ?? state.at) : null,
    })),
    // Null is shown as unknown by those who show it (PastIncident).
    incident: byId((state.incidents ?? []) as readonly Schemas["Incident"][]),
    task: byId(state.tasks ?? []),
    flood_state: new Map((state.flood_states ?? []).map((one) => [one.area_id, one])),
    node: merged(state.nodes ?? [], nodes, (then, node) => ({ ...node, state: then.state, missing: 0 })),
  };
}

const byId = <T extends { readonly id: string }>(things: readonly T[]): ReadonlyMap<string, T> =>
  new Map(things.map((one) => [one.id, one]));

function merged<T extends { readonly id: string }, N>(
  then: readonly T[],
  now: ReadonlyMap<string, N>,
  join: (then: T, now: N) => N,
): ReadonlyMap<string, N> {
  const found = new Map<string, N>();
  for (const one of then) {
    const held = now.get(one.id);
    if (held !== undefined) found.set(one.id, join(one, held));
  }
  return found;
}
