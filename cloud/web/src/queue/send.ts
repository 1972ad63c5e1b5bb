// Sends what waits, in order, once. Runs in the page and in the service worker, so it knows neither.

import { signedFetch } from "./device";
import type {
  AttachmentItem,
  Capture,
  CheckItem,
  Item,
  MeTooItem,
  MoveItem,
  NoteItem,
  PositionItem,
  ReportItem,
} from "./store";
import { drop, save, saveSent, waiting } from "./store";

/** done: take it away; later: no connection or a busy server; refused: a person must decide; signedOut: sign in first. */
type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "later" }
  | { readonly kind: "signedOut" }
  | { readonly kind: "refused"; readonly why: string; readonly code?: string };

const DONE: Outcome = { kind: "done" };
const LATER: Outcome = { kind: "later" };
const BATCH = 100;
const LOCK = "siaga-queue";

/** Tries everything that waits; says whether all of it that can be sent has been. Two pages never send the same. */
export async function flush(): Promise<boolean> {
  if (!("locks" in navigator)) return flushNow();
  return navigator.locks.request(LOCK, flushNow);
}

async function flushNow(): Promise<boolean> {
  const items = await waiting();
  const positions = items.filter((one): one is PositionItem => one.kind === "position");
  const others = items.filter((one) => one.kind !== "position");
  const stopped = new Set<string>();
  for (const item of others) {
    // What was refused holds back what builds on it: no "resolved" for a task that could not be accepted.
    if (item.refused) stopped.add(item.line);
    if (stopped.has(item.line)) continue;
    const outcome = await settle(item);
    if (outcome.kind === "later" || outcome.kind === "signedOut") return false;
    if (outcome.kind === "refused") stopped.add(item.line);
  }
  return sendPositions(positions);
}

async function settle(item: Exclude<Item, PositionItem>): Promise<Outcome> {
  const outcome = await send(item);
  if (outcome.kind === "done") await drop([item.id]);
  if (outcome.kind === "refused") await save({ ...item, refused: outcome.why, ...codeOf(outcome) });
  return outcome;
}

const codeOf = ({ code }: { readonly code?: string }): { refusedCode?: string } => (code ? { refusedCode: code } : {});

function send(item: Exclude<Item, PositionItem>): Promise<Outcome> {
  switch (item.kind) {
    case "report":
      return sendReport(item);
    case "me_too":
      return sendMeToo(item);
    case "move":
      return sendMove(item);
    case "note":
      return sendNote(item);
    case "check":
      return sendCheck(item);
    case "attachment":
      return sendAttachment(item);
  }
}

interface Answer {
  readonly outcome: Outcome;
  readonly body: Readonly<Record<string, unknown>>;
  readonly status: number;
}

function post(path: string, body: FormData | object, headers: Record<string, string> = {}): Promise<Answer> {
  return submit("POST", path, body, headers);
}

async function submit(
  method: "POST" | "PUT",
  path: string,
  body: FormData | object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isForm = body instanceof FormData;
  try {
    const response = await signedFetch(path, {
      method,
      body: isForm ? body : JSON.stringify(body),
      headers: isForm ? headers : { "Content-Type": "application/json", ...headers },
    });
    const responseBody = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    return { outcome: outcomeOf(response.status, responseBody), body: responseBody, status: response.status };
  } catch {
    return { outcome: LATER, body: {}, status: 0 };
  }
}

export function outcomeOf(status: number, responseBody: Readonly<Record<string, unknown>>): Outcome {
  if (status >= 200 && status < 300) return DONE;
  if (status === 401) return { kind: "signedOut" };
  if (status === 429 || status === 408 || status >= 500) return LATER;
  const code =
    responseBody.code ||
    String(responseBody.type ?? "")
      .split(/[/:]/)
      .pop();
  const why = String(responseBody.detail || responseBody.title || `HTTP ${status}`);
  return { kind: "refused", why, ...(code ? { code: String(code) } : {}) };
}

const WAITED_MS = 60_000;
const OLDEST_MS = 6.9 * 86_400_000; // the server believes a week

/** When a draft that waited for a connection was made; null for one that is sent at once, or that is too old. */
export function madeAt(item: { readonly at: string }, now: number = Date.now()): string | null {
  const age = now - Date.parse(item.at);
  return age > WAITED_MS && age < OLDEST_MS ? item.at : null;
}

async function sendReport(item: ReportItem): Promise<Outcome> {
  return followed(item, await withItsTime(item, (made) => postReport(item, made)));
}

/** A device whose clock is wrong must not lose a report: where its time is refused, it counts from when it comes. */
async function withItsTime(item: Item, send: (made: string | null) => Promise<Answer>): Promise<Answer> {
  const made = madeAt(item);
  const answer = await send(made);
  const isTimeRefused = answer.outcome.kind === "refused" && answer.outcome.why.startsWith("happened_at");
  return made !== null && isTimeRefused ? send(null) : answer;
}

function postReport(item: ReportItem, madeAt: string | null): Promise<Answer> {
  const form = new FormData();
  form.set("category", item.category);
  form.set("text", item.text);
  if (item.lat !== null && item.lon !== null) {
    form.set("lat", String(item.lat));
    form.set("lon", String(item.lon));
  }
  if (madeAt !== null) form.set("happened_at", madeAt);
  if (item.depthCm !== undefined) form.set("depth_cm", String(item.depthCm));
  if (item.privacy) form.set("privacy_version", item.privacy);
  for (const [index, photo] of item.photos.entries()) form.append("photo", photo, `photo-${index}.jpg`);
  return post("/api/v1/reports", form, { "Idempotency-Key": item.id });
}

async function sendMeToo(item: MeTooItem): Promise<Outcome> {
  const path = `/api/v1/incidents/${item.incidentId}/me-too`;
  const body = { text: item.text, lat: item.lat, lon: item.lon };
  const send = (made: string | null): Promise<Answer> =>
    post(path, { ...body, happened_at: made }, { "Idempotency-Key": item.id });
  return followed(item, await withItsTime(item, send));
}

/** Stores where a report that was accepted is followed. */
async function followed(item: ReportItem | MeTooItem, { outcome, body }: Answer): Promise<Outcome> {
  if (outcome.kind === "done") {
    await saveSent({ id: item.id, at: item.at, category: item.category, follow: String(body.follow) });
  }
  // Citizens have no session: a 401 here is as final as any refusal.
  return outcome.kind === "signedOut" ? { kind: "refused", why: "HTTP 401" } : outcome;
}

async function sendMove(item: MoveItem): Promise<Outcome> {
  let photoId = item.photoId ?? null;
  if (item.photo && photoId === null) {
    const { capture } = item.photo;
    const sent = capture
      ? await post(`/api/v1/tasks/${item.taskId}/captures`, captureForm(item.photo.file, capture))
      : await post(`/api/v1/tasks/${item.taskId}/photos`, photoForm(item.photo));
    if (sent.outcome.kind !== "done") return sent.outcome;
    photoId = String(sent.body.photo_id);
    await save({ ...item, photoId });
  }
  const move = { verb: item.verb, note: item.note, photo_id: photoId };
  const { outcome, status } = await post(`/api/v1/tasks/${item.taskId}/moves`, move);
  // The answer to an earlier try may have been lost on the way: then the move is already there.
  if (status === 409 && (await isAlreadyDone(item))) return DONE;
  return outcome;
}

async function isAlreadyDone(item: MoveItem): Promise<boolean> {
  try {
    const [detail, me] = await Promise.all([
      fetch(`/api/v1/tasks/${item.taskId}`).then((answer) => answer.json()),
      fetch("/api/v1/session").then((answer) => answer.json()),
    ]);
    const moves = detail.moves as readonly { verb: string; actor: string | null; at: string }[];
    const last = [...moves].sort((a, b) => b.at.localeCompare(a.at))[0];
    return last?.verb === item.verb && last.actor === me.user && last.at >= item.at;
  } catch {
    return false;
  }
}

async function sendNote(item: NoteItem): Promise<Outcome> {
  return (await post(`/api/v1/tasks/${item.taskId}/notes`, { text: item.text })).outcome;
}

async function sendCheck(item: CheckItem): Promise<Outcome> {
  return (await submit("PUT", `/api/v1/tasks/${item.taskId}/checklist/${item.item}`, { done: item.done })).outcome;
}

async function sendAttachment(item: AttachmentItem): Promise<Outcome> {
  return (await post(`/api/v1/tasks/${item.taskId}/attachments`, photoForm(item.photo))).outcome;
}

function captureForm(first: Blob, { second, statement, signature }: Capture): FormData {
  const form = new FormData();
  form.set("photo", first, "first.jpg");
  form.set("second_photo", second, "second.jpg");
  form.set("statement", statement);
  form.set("signature", signature);
  return form;
}

function photoForm(photo: MoveItem["photo"] & object): FormData {
  const form = new FormData();
  form.set("photo", photo.file, "photo.jpg");
  form.set("taken_at", photo.takenAt);
  if (photo.lat !== null && photo.lon !== null) {
    form.set("lat", String(photo.lat));
    form.set("lon", String(photo.lon));
    if (photo.accuracyM !== null) form.set("accuracy_m", String(photo.accuracyM));
  }
  return form;
}

async function sendPositions(positions: readonly PositionItem[]): Promise<boolean> {
  for (let from = 0; from < positions.length; from += BATCH) {
    const batch = positions.slice(from, from + BATCH);
    const sent = batch.map((one) => ({ measured_at: one.at, lat: one.lat, lon: one.lon, accuracy_m: one.accuracyM }));
    const { outcome } = await post("/api/v1/me/positions", { positions: sent });
    if (outcome.kind === "later" || outcome.kind === "signedOut") return false;
    // Refused as a whole (off duty by now): of no use to anybody any more.
    await drop(batch.map((one) => one.id));
  }
  return true;
}
