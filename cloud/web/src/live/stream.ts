// Changes as they happen, by server-sent events. "live" only while messages of the server arrive: silence counts as lost.
// "off" while nothing that is shown listens: such a page is neither connecting nor lost. Only staff have a stream: pages
// of others ask regularly ("polling"), and so do those of staff while theirs is refused or lost.

import { signal } from "@preact/signals";
import { failuresAfter, pollDelay, retryDelay } from "./backoff";

type StreamState = "off" | "connecting" | "live" | "lost" | "polling";
const KINDS = ["gauge", "camera", "incident", "task", "flood_state", "node", "report"] as const;
export type Kind = (typeof KINDS)[number];
export interface Change {
  readonly id: string;
  readonly at: string;
  readonly object: unknown;
}

/** For how long nothing of a kind has changed, in milliseconds; 0 where that is not known. */
export type Quiet = (kind: Kind) => number;

interface Listener {
  readonly onChange: (kind: Kind, change: Change) => void;
  /** Changes may have been lost: load anew what was asked for longer ago than it has been quiet. */
  readonly onReload: (quiet: Quiet) => void;
}

const SILENT_MS = 40_000;
const CHECK_MS = 5_000;
const POLL_MS = 60_000;
const SPREAD_MS = 5_000;

export const streamState = signal<StreamState>("off");

let source: EventSource | null = null;
let receivedAt = 0;
let timer = 0;
let again = 0;
let poll = 0;
let failures = 0;
let openedAt = 0;
let wasLost = false;
/** undefined: not known yet. */
let isStaff: boolean | undefined;
const listeners = new Set<Listener>();
let onSignedOut = (): void => undefined;

/** Listens until the returned function is called; all listeners share one stream, closed with the last. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  if (listeners.size === 1) begin();
  else listener.onReload(notKnown);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) close();
  };
}

/** Sets who looks at the page, and opens the stream anew: what it sends depends on that. */
export function reopenStream(forStaff: boolean): void {
  isStaff = forStaff;
  failures = 0;
  if (listeners.size > 0) begin();
}

function begin(): void {
  clearTimeout(poll);
  if (isStaff) {
    open();
    return;
  }
  release();
  streamState.value = isStaff === undefined ? "connecting" : "polling";
  schedulePoll();
}

function schedulePoll(): void {
  clearTimeout(poll);
  poll = setTimeout(() => {
    if (streamState.value === "live") return;
    for (const listener of listeners) listener.onReload(notKnown);
    schedulePoll();
  }, pollDelay(POLL_MS)) as unknown as number;
}

/** Sets what is called when the server ends a stream because its session is over or its role changed. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

function open(): void {
  source?.close();
  clearTimeout(again);
  openedAt = receivedAt = Date.now();
  if (streamState.value !== "lost") streamState.value = "connecting";
  source = new EventSource("/api/v1/live");
  source.addEventListener("hello", greet);
  // All pages are sent this together.
  source.addEventListener("reset", () => void setTimeout(reload, SPREAD_MS * Math.random(), notKnown));
  source.addEventListener("beat", markReceived);
  source.addEventListener("signed_out", () => onSignedOut());
  for (const kind of KINDS) source.addEventListener(kind, (event) => dispatch(kind, event));
  source.onerror = lose;
  if (timer === 0) timer = setInterval(checkSilence, CHECK_MS) as unknown as number;
}

function close(): void {
  release();
  clearTimeout(poll);
  streamState.value = "off";
}

function release(): void {
  source?.close();
  source = null;
  clearInterval(timer);
  clearTimeout(again);
  timer = 0;
}

function markReceived(): void {
  receivedAt = Date.now();
  streamState.value = "live";
}

/** What the stream begins with. After a loss, what is held may have come from what the browser stores for such times. */
function greet(event: MessageEvent<string>): void {
  const { changed_seconds_ago: ago } = JSON.parse(event.data) as Greeting;
  const isAnew = wasLost;
  wasLost = false;
  reload(isAnew || !ago ? notKnown : (kind) => (ago[kind] ?? ago.all ?? 0) * 1000);
}

interface Greeting {
  readonly changed_seconds_ago?: Readonly<Partial<Record<Kind | "all", number>>>;
}

const notKnown: Quiet = () => 0;

function reload(quiet: Quiet): void {
  markReceived();
  for (const listener of listeners) listener.onReload(quiet);
}

function dispatch(kind: Kind, event: MessageEvent<string>): void {
  markReceived();
  const change = JSON.parse(event.data) as Change;
  for (const listener of listeners) listener.onChange(kind, change);
}

function lose(): void {
  if (streamState.value !== "lost") schedulePoll();
  streamState.value = "lost";
  wasLost = true;
  failures = failuresAfter(failures, receivedAt - openedAt);
  // The browser by itself would try every two seconds.
  source?.close();
  clearTimeout(again);
  again = setTimeout(open, retryDelay(failures)) as unknown as number;
}

function checkSilence(): void {
  const isWaiting = source === null || source.readyState === EventSource.CLOSED;
  if (!isWaiting && Date.now() - receivedAt > SILENT_MS) lose();
}
