// Alerts for an area by one tap: on this device where it can, else by the page with the other channels of the city.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request } from "../../api/client";
import { Icon } from "../../parts/icons";
import { Banner } from "../../parts/layout";
import { language } from "../../words/language";
import { pushState, subscribePush } from "../push";
import { mySubscriptions, rememberSubscriptions } from "./mine";
import { translate } from "./words";

interface NotifyMeProps {
  readonly areaId: string;
  readonly name: string;
}

export function NotifyMe({ areaId, name }: NotifyMeProps): VNode {
  const { route } = useLocation();
  const [state, setState] = useState<"idle" | "busy" | "on">("idle");
  const href = `/alerts?area=${encodeURIComponent(areaId)}`;
  const tap = async (): Promise<void> => {
    setState("busy");
    const isOn = await subscribeHere(areaId, name).catch(() => false);
    setState(isOn ? "on" : "idle");
    // Somebody who said no here, or a city without push, has the other channels there.
    if (!isOn) route(href);
  };
  if (state === "on")
    return (
      <Banner kind="good" icon="check">
        <p>{translate("isOn", { area: name })}</p>
        <a href="/alerts">{translate("manage")}</a>
      </Banner>
    );
  const look = { class: "button main big grow", id: "notify-me" };
  const inside = (
    <>
      <Icon name="bell" />
      {translate("notify")}
    </>
  );
  if (pushState() !== "possible")
    return (
      <a {...look} href={href}>
        {inside}
      </a>
    );
  return (
    <button type="button" {...look} disabled={state === "busy"} onClick={() => void tap()}>
      {inside}
    </button>
  );
}

/** Whether this device gets the alerts of the area from now on. */
async function subscribeHere(areaId: string, name: string): Promise<boolean> {
  const { channels, push_key: key } = await request(api.GET("/api/v1/subscriptions/channels"));
  if (!channels.includes("webpush") || key === null) return false;
  const { address, keys } = await subscribePush(key);
  const made = await request(
    api.POST("/api/v1/subscriptions", {
      body: {
        channel: "webpush",
        address,
        keys: { ...keys },
        areas: [areaId],
        gauges: [],
        thresholds: [],
        least_stage: 3,
        least_flood_state: "minor",
        language: language.value,
        quiet: null,
      },
    }),
  );
  if (made.manage) rememberSubscriptions([{ manage: made.manage, name }, ...mySubscriptions()]);
  return made.confirmed;
}
