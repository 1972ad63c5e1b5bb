// Storm mode: whether notices are grouped now, and what it means to begin or end that, said before it is done.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { Dialog } from "../parts/dialog";
import { useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { role } from "../session/session";
import { now } from "../shell/now";
import { ago } from "../words/say";
import { say } from "./words";

const EVERY_MS = 30_000;

export function Storm(): VNode | null {
  const state = useLoad(() => ask(api.GET("/api/v1/notifications/storm")), []);
  const [isAsked, setAsked] = useState(false);
  const [busy, set] = useAction(async (on: boolean) => {
    await ask(
      api.POST("/api/v1/notifications/storm", { body: { action: on ? "begin" : "end", reason: say("stormReason") } }),
    );
    setAsked(false);
    toast(say(on ? "stormBegan" : "stormEnded"), "good");
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
        onClick={() => setAsked(true)}
      >
        <Icon name="bell" />
        <span>
          {say(storm ? "stormOn" : "stormOff")}
          {storm && since ? <span class="small"> · {ago(since, now.value)}</span> : null}
        </span>
      </button>
      {isAsked ? (
        <Dialog title={say(storm ? "endStorm" : "beginStorm")} onClose={() => setAsked(false)}>
          <p>{say(storm ? "endStormHelp" : "beginStormHelp")}</p>
          <p class="small soft">{say("stormAlone")}</p>
          <button type="button" class="button main" disabled={busy} onClick={() => set(!storm)}>
            {say(storm ? "endStorm" : "beginStorm")}
          </button>
        </Dialog>
      ) : null}
    </>
  );
}
