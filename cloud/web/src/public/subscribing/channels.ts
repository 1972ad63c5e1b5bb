// How a subscriber is reached.

import { ApiError } from "../../api/client";
import { pushState, subscribePush } from "../push";
import { translate } from "../words";
import { translate as subscribing } from "./words";

export const CHANNELS = ["webpush", "email", "sms"] as const;
export type Channel = (typeof CHANNELS)[number];

export interface Place {
  readonly address: string;
  readonly keys: { p256dh: string; auth: string } | null;
}

export const channelWords = (one: Channel): string =>
  one === "sms" ? subscribing("bySms") : translate(one === "webpush" ? "byPush" : "byEmail");

// Push first where the browser can; otherwise the last of the city's channels.
export const firstChannel = (channels: readonly Channel[]): Channel =>
  channels.includes("webpush") && pushState() === "possible" ? "webpush" : (channels[channels.length - 1] ?? "email");

export const whyNoPush = (): string => translate(pushState() === "denied" ? "pushDenied" : "pushImpossible");

export async function pushPlace(key: string | null): Promise<Place> {
  if (key === null || pushState() === "impossible") throw new ApiError(0, "push", translate("pushImpossible"));
  try {
    const { address, keys } = await subscribePush(key);
    return { address, keys: { ...keys } };
  } catch {
    throw new ApiError(0, "push", whyNoPush());
  }
}
