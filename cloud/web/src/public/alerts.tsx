// Alerts in force, as they are shown to the public.

import type { VNode } from "preact";
import { Banner } from "../parts/layout";
import type { PublishedAlert } from "../published/files";
import { either } from "../words/language";

/** Whether more than people and partners without confirmation support it. */
export const isConfirmed = (alert: PublishedAlert): boolean => alert.certainty !== "Possible";

/** `open`: whether all of its text stands there at once; in a storm there are many of them. */
export function AlertBanner({ alert, open = true }: { alert: PublishedAlert; open?: boolean }): VNode {
  // The text is made to stand alone (SMS, CAP), so it begins with the headline and holds the instruction.
  const [headline, whole] = [either(alert.headline, alert.headline_en), either(alert.text, alert.text_en)];
  const text = whole.startsWith(headline) ? whole.slice(headline.length + 1).trim() : whole;
  return (
    <Banner kind={!isConfirmed(alert) ? "plain" : alert.level === "advisory" ? "warn" : "bad"} icon="warning">
      <details open={open}>
        <summary class="strong">{headline}</summary>
        <p>{text}</p>
      </details>
    </Banner>
  );
}
