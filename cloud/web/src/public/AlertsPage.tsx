// Flood alerts: those in force, and subscribing to an area or a gauge, without an account.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { ApiError, api, request } from "../api/client";
import { useAction } from "../parts/form";
import { Banner, Failed, Loading, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { Age, NotKnownNow } from "../published/Age";
import { ALERTS, type Alerts } from "../published/files";
import { usePublished } from "../published/poll";
import { isOld } from "../published/state";
import { AlertBanner } from "./alerts";
import { CHANNELS } from "./subscribing/channels";
import { type Mine, mySubscriptions, rememberSubscriptions } from "./subscribing/mine";
import { Subscribe } from "./subscribing/Subscribe";
import { translate } from "./words";

export function AlertsPage(): VNode {
  const { content: alerts, error } = usePublished<Alerts>(ALERTS);
  const channels = useLoad(() => request(api.GET("/api/v1/subscriptions/channels")), []);
  const [held, setHeld] = useState(mySubscriptions);
  const remember = (next: readonly Mine[]): void => {
    rememberSubscriptions(next);
    setHeld(next);
  };
  return (
    <Page title={translate("alerts")} intro={translate("alertsIntro")} width="narrow">
      <section class="stack tight">
        <h2>{translate("inForce")}</h2>
        <Age of={alerts} />
        {alerts ? <InForce file={alerts} /> : error ? <Failed error={error} /> : <Loading />}
      </section>
      <Shown of={channels}>
        {({ channels: set, push_key: key }) => {
          const channels = CHANNELS.filter((one) => set.includes(one));
          if (channels.length === 0) return <Banner kind="plain">{translate("noChannels")}</Banner>;
          return <Subscribe channels={channels} pushKey={key} remember={(one) => remember([one, ...held])} />;
        }}
      </Shown>
      {held.length > 0 ? <MySubscriptions held={held} remember={remember} /> : null}
    </Page>
  );
}

function InForce({ file }: { file: Alerts }): VNode {
  const { alerts } = file;
  if (alerts.length === 0) return isOld(file) ? <NotKnownNow /> : <p class="soft">{translate("noneInForce")}</p>;
  return (
    <>
      {alerts.map((one, index) => (
        <AlertBanner key={one.id} alert={one} open={index === 0} />
      ))}
    </>
  );
}

function MySubscriptions({
  held,
  remember,
}: {
  held: readonly Mine[];
  remember: (next: readonly Mine[]) => void;
}): VNode {
  const [busy, end] = useAction(async (one: Mine) => {
    const answer = await fetch(one.manage, { method: "DELETE" });
    if (!answer.ok && answer.status !== 404) throw new ApiError(answer.status, "end", `HTTP ${answer.status}`);
    remember(held.filter((other) => other.manage !== one.manage));
    toast(translate("ended"), "good");
  });
  return (
    <section class="stack tight">
      <h2>{translate("mySubscriptions")}</h2>
      <ul class="list">
        {held.map((one) => (
          <li key={one.manage} class="card">
            <span class="row apart">
              <span>{one.name}</span>
              <button type="button" class="button danger" disabled={busy} onClick={() => end(one)}>
                {translate("end")}
              </button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
