// Alerts in force, as they are shown to the public.

import type { VNode } from "preact";
import { api, request, type Schemas } from "../api/client";
import { Banner } from "../parts/layout";
import { type Loaded, useLoad } from "../parts/load";
import { language } from "../words/language";

type Alert = Schemas["Alert"];

export function useAlerts(): Loaded<readonly Alert[]> {
  return useLoad(
    () => request(api.GET("/api/v1/alerts", { params: { query: { lang: language.value } } })),
    [language.value],
  );
}

/** Whether more than people and partners without confirmation support it. */
export const isConfirmed = (alert: Alert): boolean => alert.certainty !== "Possible";

/** `open`: whether all of its text stands there at once; in a storm there are many of them. */
export function AlertBanner({ alert, open = true }: { alert: Alert; open?: boolean }): VNode {
  // The text is made to stand alone (SMS, CAP), so it begins with the headline and holds the instruction.
  const text = alert.text.startsWith(alert.headline) ? alert.text.slice(alert.headline.length + 1).trim() : alert.text;
  return (
    <Banner kind={!isConfirmed(alert) ? "plain" : alert.level === "advisory" ? "warn" : "bad"} icon="warning">
      <details open={open}>
        <summary class="strong">{alert.headline}</summary>
        <p>{text}</p>
      </details>
    </Banner>
  );
}
