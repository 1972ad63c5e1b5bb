// What is stored of a reporter, shown where a report is sent. The text and the periods are the server's own.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import { translate } from "./words";

export function Privacy({ statement }: { statement: Schemas["PrivacyStatement"] | null }): VNode {
  return (
    <details class="card">
      <summary class="strong">{translate("privacy")}</summary>
      {statement ? statement.paragraphs.map((text) => <p key={text}>{text}</p>) : <p>{translate("privacyOffline")}</p>}
    </details>
  );
}
