// The officer's notifications.

import type { VNode } from "preact";
import { api, request } from "../api/client";
import { city, useCity } from "../live/city";
import { useAction } from "../parts/form";
import { Empty, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { now } from "../shell/now";
import { ago } from "../words/format";
import { either } from "../words/language";
import { translate } from "./words";

export function Messages(): VNode {
  useCity("task");
  // A task that changed is what most messages are about.
  const notifications = useLoad(
    () => request(api.GET("/api/v1/notifications", { params: { query: { limit: 100 } } })),
    [city.task.value],
  );
  const [busy, markRead] = useAction(async () => {
    await request(api.POST("/api/v1/notifications/read"));
    notifications.again();
  });
  return (
    <Page title={translate("messages")} width="narrow">
      <Shown of={notifications}>
        {(found) => (
          <>
            {found.some((one) => one.read_at === null) ? (
              <button type="button" class="button" disabled={busy} onClick={() => markRead()}>
                {translate("markRead")}
              </button>
            ) : null}
            {found.length === 0 ? <Empty>{translate("noMessages")}</Empty> : null}
            <ul class="list">
              {found.map((one) => (
                <li key={one.id} class={`card edge ${one.priority === 1 ? "edge-1" : ""}`}>
                  <p class={one.read_at === null ? "strong" : ""}>{either(one.text_id, one.text_en)}</p>
                  <p class="small soft">{ago(one.at, now.value)}</p>
                </li>
              ))}
            </ul>
          </>
        )}
      </Shown>
    </Page>
  );
}
