// Web push: a subscription of this browser with the city's key.

type PushState = "possible" | "denied" | "impossible";

export function pushState(): PushState {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return "impossible";
  return Notification.permission === "denied" ? "denied" : "possible";
}

interface PushAddress {
  readonly address: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** Asks the person, then the browser's push service; throws where either refuses. */
export async function subscribePush(key: string): Promise<PushAddress> {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") throw new Error("denied");
  const registration = await navigator.serviceWorker.ready;
  const held = await registration.pushManager.getSubscription();
  const made =
    held ?? (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) }));
  const { endpoint, keys } = made.toJSON();
  if (!endpoint || !keys?.p256dh || !keys.auth) throw new Error("the browser gave no keys");
  return { address: endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } };
}

/** The endpoint of the subscription that this browser holds, or null. */
export async function heldPush(): Promise<string | null> {
  const registration = await navigator.serviceWorker.getRegistration();
  const held = await registration?.pushManager.getSubscription();
  return held?.toJSON().endpoint ?? null;
}

/** base64url to bytes, as older browsers want the key. */
function bytesOf(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (one) => one.charCodeAt(0));
}
