// The officer's own page: duty, installing the app, alerts on this phone, and where one is signed in.

import { signal } from "@preact/signals";
import type { VNode } from "preact";
import { api, request } from "../api/client";
import { useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Facts, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { PushSwitch } from "../session/PushSwitch";
import { who } from "../session/session";
import { roleWords } from "../words/field";
import { dateAndTime } from "../words/format";
import { deviceWords } from "./devices";
import { DutySwitch } from "./duty";
import { StoredMap } from "./StoredMap";
import { translate } from "./words";

interface InstallPrompt extends Event {
  readonly prompt: () => Promise<unknown>;
}

/** The browser's offer to install the app, once it made one. */
const offer = signal<InstallPrompt | null>(null);
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer.value = event as InstallPrompt;
});

export function Me(): VNode {
  const person = who.value;
  const sessions = useLoad(() => request(api.GET("/api/v1/me/sessions")), []);
  const [busy, end] = useAction(async (id: string) => {
    await request(api.DELETE("/api/v1/me/sessions/{session_id}", { params: { path: { session_id: id } } }));
    sessions.again();
  });
  const area = person?.area_id ? `?area=${encodeURIComponent(person.area_id)}` : "";
  return (
    <Page title={translate("me")} width="narrow">
      <p>
        <span class="large">{person?.name}</span> <span class="tag">{roleWords(person?.role)}</span>
      </p>
      <DutySwitch />
      <PushSwitch />
      {offer.value ? (
        <button type="button" class="button main big wide" onClick={() => void offer.value?.prompt()}>
          <Icon name="download" />
          {translate("install")}
        </button>
      ) : null}
      <a class="button big wide" href={`/alerts${area}`}>
        <Icon name="bell" />
        {translate("push")}
      </a>
      <p class="small soft">{translate("pushHint")}</p>
      <StoredMap />
      <section class="card">
        <h2>{translate("sessions")}</h2>
        <Shown of={sessions}>
          {(found) => (
            <ul class="list">
              {found.map((one) => (
                <li key={one.id} class="row apart">
                  <Facts
                    rows={[[deviceWords(one.agent), one.this ? translate("thisOne") : dateAndTime(one.seen_at)]]}
                  />
                  {one.this ? null : (
                    <button type="button" class="button danger" disabled={busy} onClick={() => end(one.id)}>
                      {translate("endSession")}
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Shown>
      </section>
    </Page>
  );
}
