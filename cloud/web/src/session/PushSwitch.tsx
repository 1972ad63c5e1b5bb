// This browser is notified of what comes into one's inbox, also while no page is open.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, request } from "../api/client";
import { Switch, useAction } from "../parts/form";
import { useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { heldPush, pushState, subscribePush } from "../public/push";
import { translate } from "../words/field";
import { language } from "../words/language";

/** Nothing where the city has no web push, or the browser cannot. */
export function PushSwitch(): VNode | null {
  const channels = useLoad(() => request(api.GET("/api/v1/subscriptions/channels", {})), []);
  const key = channels.data?.push_key ?? null;
  if (!key || pushState() === "impossible") return null;
  return <Content pushKey={key} />;
}

function Content({ pushKey }: { pushKey: string }): VNode {
  const [on, setOn] = useState(false);
  useEffect(() => {
    isSubscribed().then(setOn, () => setOn(false));
  }, []);
  const [busy, change] = useAction(async (wanted: boolean) => {
    const state = wanted ? await begin(pushKey) : await end();
    setOn(state);
    toast(translate(state ? "pushOn" : "pushOff"), "good");
  });
  return <Switch label={translate("pushMe")} on={on} disabled={busy || pushState() === "denied"} onChange={change} />;
}

async function isSubscribed(): Promise<boolean> {
  const endpoint = await heldPush();
  if (!endpoint) return false;
  return (await request(api.POST("/api/v1/me/push/state", { body: { endpoint } }))).on;
}

async function begin(key: string): Promise<boolean> {
  const { address, keys } = await subscribePush(key).catch(() => {
    throw new Error(translate("pushRefused"));
  });
  const body = { endpoint: address, keys, language: language.value };
  return (await request(api.POST("/api/v1/me/push", { body }))).on;
}

/** The browser's own subscription stays: alerts to citizens may use it too. */
async function end(): Promise<boolean> {
  const endpoint = await heldPush();
  return endpoint ? (await request(api.POST("/api/v1/me/push/unsubscribe", { body: { endpoint } }))).on : false;
}
