// Storm mode: whether notifications are grouped now, and what it means to begin or end that, shown before it is done.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, request } from "../api/client";
import { Dialog } from "../parts/dialog";
import { useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { role } from "../session/session";
import { now } from "../shell/now";
import { ago } from "../words/format";
import { translate } from "./words";

const EVERY_MS = 30_000;

export function Storm(): VNode | null {
  const state = useLoad(() => request(api.GET("/api/v1/notifications/storm")), []);
  const [isConfirming, setConfirming] = useState(false);
  const [busy, set] = useAction(async (on: boolean) => {
    await request(
      api.POST("/api/v1/notifications/storm", {
        body: { action: on ? "begin" : "end", reason: translate("stormReason") },
      }),
    );
    setConfirming(false);
    toast(translate(on ? "stormBegan" : "stormEnded"), "good");
    state.again();
  });
  useEffect(() => {
    const timer = setInterval(state.again, EVERY_MS);
    return () => clearInterval(timer);
  }, [state.again]);
  if (!state.data) return null;
  const { storm, since } = state.data;
  return (
    <>
      <button
        type="button"
        id="storm"
        class={`button storm${storm ? " on" : ""}`}
        aria-haspopup="dialog"
        disabled={busy || role.value === "leader"}
        onClick={() => setConfirming(true)}
      >
        <Icon name="bell" />
        <span>
          {translate(storm ? "stormOn" : "stormOff")}
          {storm && since ? <span class="small"> · {ago(since, now.value)}</span> : null}
        </span>
      </button>
      {isConfirming ? (
        <Dialog title={translate(storm ? "endStorm" : "beginStorm")} onClose={() => setConfirming(false)}>
          <p>{translate(storm ? "endStormHelp" : "beginStormHelp")}</p>
          <p class="small soft">{translate("stormAlone")}</p>
          <button type="button" class="button main" disabled={busy} onClick={() => set(!storm)}>
            {translate(storm ? "endStorm" : "beginStorm")}
          </button>
        </Dialog>
      ) : null}
    </>
  );
}
