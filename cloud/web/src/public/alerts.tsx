// Alerts in force, as they are told to the public.

import type { VNode } from "preact";
import { api, ask, type Schemas } from "../api/client";
import { Banner } from "../parts/layout";
import { type Loaded, useLoad } from "../parts/load";
import { language } from "../words/language";

export type Alert = Schemas["AlertForm"];

export function useAlerts(): Loaded<readonly Alert[]> {
  return useLoad(
    () => ask(api.GET("/api/v1/alerts", { params: { query: { lang: language.value } } })),
    [language.value],
  );
}

export function AlertBanner({ alert }: { alert: Alert }): VNode {
  return (
    <Banner kind={alert.level === "advisory" ? "warn" : "bad"} icon="warning">
      <p class="strong">{alert.headline}</p>
      <p>{alert.text}</p>
      <p>{alert.instruction}</p>
    </Banner>
  );
}
