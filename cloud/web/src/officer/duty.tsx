// Duty: on with consent, off at any time; while on, the position goes along once a minute, also later without a signal.

import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { Dialog } from "../parts/dialog";
import { Switch, useAction } from "../parts/form";
import { Shown, useLoad } from "../parts/load";
import { here, read } from "../queue/place";
import { sendNow } from "../queue/queue";
import { randomId, savePosition } from "../queue/store";
import { language } from "../words/language";
import { translate } from "./words";

type Duty = Schemas["DutyState"];

const EVERY_MS = 60_000;
const duty = signal<Duty | null>(null);

/** Stands on every page of an officer: duty goes on while a task is open, and so does the position. */
export function DutyHeartbeat(): null {
  const loaded = useLoad(() => request(api.GET("/api/v1/me/duty")), []);
  useEffect(() => {
    if (loaded.data) duty.value = loaded.data;
  }, [loaded.data]);
  useShare(duty.value?.on ?? false);
  useEffect(() => {
    // What waits to be sent is not to be thrown away by a phone that needs room.
    void navigator.storage?.persist?.().catch(() => false);
  }, []);
  return null;
}

export function DutySwitch(): VNode {
  const [isConfirming, setConfirming] = useState(false);
  const [busy, set] = useAction(async (on: boolean, version: string | null) => {
    duty.value = await request(api.POST("/api/v1/me/duty", { body: { on, consent_version: version } }));
    setConfirming(false);
  });
  const isOn = duty.value?.on ?? false;
  return (
    <div class="card">
      <Switch
        label={translate(isOn ? "onDuty" : "offDuty")}
        on={isOn}
        disabled={busy}
        onChange={(on) => (on ? setConfirming(true) : set(false, null))}
      />
      <p class="small soft">{translate(isOn ? "positions" : "positionsOff")}</p>
      {isConfirming ? <Consent onClose={() => setConfirming(false)} agree={(version) => set(true, version)} /> : null}
    </div>
  );
}

function Consent({ onClose, agree }: { onClose: () => void; agree: (version: string) => void }): VNode {
  const text = useLoad(
    () => request(api.GET("/api/v1/duty/consent", { params: { query: { lang: language.value } } })),
    [language.value],
  );
  return (
    <Dialog title={translate("consentTitle")} onClose={onClose}>
      <Shown of={text}>
        {(consent) => (
          <>
            <p>{consent.text}</p>
            <button type="button" class="button main big wide" onClick={() => agree(consent.version)}>
              {translate("agree")}
            </button>
          </>
        )}
      </Shown>
    </Dialog>
  );
}

/** Watches the position while on duty, and saves one a minute to be sent. */
function useShare(isOn: boolean): void {
  useEffect(() => {
    if (!isOn || !navigator.geolocation) return;
    let savedAt = 0;
    const watch = navigator.geolocation.watchPosition(
      (found) => {
        here.value = read(found);
        if (Date.now() - savedAt < EVERY_MS) return;
        savedAt = Date.now();
        const { lat, lon, accuracyM } = here.value;
        const item = {
          kind: "position",
          id: randomId(),
          line: "position",
          at: new Date().toISOString(),
          lat,
          lon,
          accuracyM,
        } as const;
        void savePosition(item).then(sendNow);
      },
      () => null,
      { enableHighAccuracy: true, maximumAge: EVERY_MS / 2 },
    );
    return () => navigator.geolocation.clearWatch(watch);
  }, [isOn]);
}
