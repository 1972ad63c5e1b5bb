// Passkeys: the browser makes and uses them, the server verifies (people/service/passkeys.py).

import { api, request, type Schemas } from "../api/client";
import { enter, type Who } from "./session";

/** Whether this browser can read the server's options; every one of the last years can. */
export const hasPasskeys = (): boolean =>
  isSecureContext && typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";

/** Signs in with a passkey; null where the person called it off. */
export async function signInByPasskey(): Promise<Who | null> {
  const { public_key } = await request(api.POST("/api/v1/session/passkey/options"));
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    public_key as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const credential = await responseOf(navigator.credentials.get({ publicKey }));
  if (!credential) return null;
  return enter(await request(api.POST("/api/v1/session/passkey", { body: { credential } })));
}

/** Adds a passkey; null where the person called it off. */
export async function addPasskey(name: string): Promise<Schemas["Passkey"] | null> {
  const { public_key } = await request(api.POST("/api/v1/me/passkeys/options"));
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    public_key as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const credential = await responseOf(navigator.credentials.create({ publicKey }));
  return credential && request(api.POST("/api/v1/me/passkeys", { body: { name, credential } }));
}

/** What the browser answers, as JSON; null where the person or the browser called it off. */
async function responseOf(pending: Promise<Credential | null>): Promise<Record<string, unknown> | null> {
  try {
    const credential = await pending;
    return credential instanceof PublicKeyCredential ? { ...credential.toJSON() } : null;
  } catch (error) {
    const calledOff = ["NotAllowedError", "AbortError", "InvalidStateError"];
    if (error instanceof DOMException && calledOff.includes(error.name)) return null;
    throw error;
  }
}
