// Flood alerts: those in force, and subscribing to an area or a gauge, without an account.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { ApiError, api, request } from "../api/client";
import { loadOutlines } from "../map/outlines";
import { SelectField, Switch, TextField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Failed, Loading, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { Age, NotKnownNow } from "../published/Age";
import { ALERTS, type Alerts } from "../published/files";
import { usePublished } from "../published/poll";
import { isOld, useCityNow } from "../published/state";
import { floodWords, stageWords } from "../words/field";
import { language } from "../words/language";
import { AlertBanner } from "./alerts";
import { NO_OWN_LEVEL, type Own, OwnLevel, thresholdsOf } from "./OwnLevel";
import { pushState, subscribePush } from "./push";
import { CodeField } from "./subscribing/CodeField";
import { type Mine, mySubscriptions, rememberSubscriptions } from "./subscribing/mine";
import { translate as subscribing } from "./subscribing/words";
import { translate } from "./words";

const CHANNELS = ["webpush", "email", "sms"] as const;
type Channel = (typeof CHANNELS)[number];
type StageName = "3" | "2" | "1";
type FloodName = "caution" | "minor" | "moderate" | "severe";

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

function Subscribe({
  channels,
  pushKey,
  remember,
}: {
  channels: readonly Channel[];
  pushKey: string | null;
  remember: (one: Mine) => void;
}): VNode {
  const { gauges: all } = useCityNow();
  const { query } = useLocation();
  const outlines = useLoad(loadOutlines, []);
  const [gauge, setGauge] = useState(query.gauge ?? "");
  const [area, setArea] = useState(query.area ?? "");
  const [stage, setStage] = useState<StageName>("3");
  const [own, setOwn] = useState<Own>(NO_OWN_LEVEL);
  const [flood, setFlood] = useState<FloodName>("minor");
  const [isQuiet, setQuiet] = useState(false);
  const [channel, setChannel] = useState<Channel>(
    channels.includes("webpush") && pushState() === "possible" ? "webpush" : (channels[channels.length - 1] ?? "email"),
  );
  const [email, setEmail] = useState("");
  const [phone, setPhone] = useState("");
  const [pending, setPending] = useState<Mine | null>(null);
  const [result, setResult] = useState<string | null>(null);
  const gauges = [...all].sort((a, b) => a.name.localeCompare(b.name));
  const areas = (outlines.data?.[0].features ?? [])
    .filter((one) => one.properties.kind === "kelurahan" || one.properties.kind === "kecamatan")
    .map((one) => [String(one.properties.code), String(one.properties.name)] as const)
    .sort((a, b) => a[1].localeCompare(b[1]));
  const none = ["", translate("notChosen")] as const;
  const [busy, subscribe] = useAction(async () => {
    if (gauge === "" && area === "") throw new ApiError(422, "where", translate("whereNeeded"));
    const typed = { address: (channel === "sms" ? phone : email).trim(), keys: null };
    const place = channel === "webpush" ? await pushPlace(pushKey) : typed;
    const subscription = await request(
      api.POST("/api/v1/subscriptions", {
        body: {
          channel,
          ...place,
          areas: area ? [area] : [],
          gauges: gauge ? [gauge] : [],
          least_stage: Number(stage) as 1 | 2 | 3,
          least_flood_state: flood,
          language: language.value,
          quiet: isQuiet ? { from: "22:00", to: "05:00" } : null,
          thresholds: gauge ? thresholdsOf(gauge, own) : [],
        },
      }),
    );
    setResult(subscription.message);
    const names = [gauges.find((one) => one.id === gauge)?.name, areas.find(([id]) => id === area)?.[1]];
    const made = subscription.manage ? { manage: subscription.manage, name: names.filter(Boolean).join(", ") } : null;
    // Nothing is sent to a number before its code came back.
    if (made && subscription.confirmed) remember(made);
    else setPending(channel === "sms" ? made : null);
  });
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        subscribe();
      }}
    >
      <h2>{translate("subscribe")}</h2>
      <SelectField label={translate("chooseArea")} value={area} onValue={setArea} options={[none, ...areas]} />
      <SelectField
        label={translate("chooseGauge")}
        value={gauge}
        onValue={setGauge}
        options={[none, ...gauges.map((one) => [one.id, one.name] as const)]}
      />
      {gauge ? (
        <SelectField
          label={translate("leastStage")}
          value={stage}
          onValue={setStage}
          options={(["3", "2", "1"] as const).map((one) => [one, stageWords(Number(one))] as const)}
        />
      ) : null}
      {gauge ? <OwnLevel own={own} onOwn={setOwn} /> : null}
      {area ? (
        <SelectField
          label={translate("leastFlood")}
          value={flood}
          onValue={setFlood}
          options={(["caution", "minor", "moderate", "severe"] as const).map((one) => [one, floodWords(one)] as const)}
        />
      ) : null}
      <SelectField
        label={translate("how")}
        value={channel}
        onValue={setChannel}
        options={channels.map((one) => [one, channelWords(one)] as const)}
      />
      {channel === "webpush" && pushState() !== "possible" ? (
        <p class="warn">{translate(pushState() === "denied" ? "pushDenied" : "pushImpossible")}</p>
      ) : null}
      {channel === "email" ? (
        <TextField
          label={translate("email")}
          type="email"
          autocomplete="email"
          value={email}
          onValue={setEmail}
          required
        />
      ) : null}
      {channel === "sms" ? (
        <TextField
          label={subscribing("phone")}
          hint={subscribing("phoneHint")}
          type="tel"
          autocomplete="tel"
          value={phone}
          onValue={setPhone}
          required
        />
      ) : null}
      <Switch label={translate("quiet")} on={isQuiet} onChange={setQuiet} />
      <button type="submit" class="button main big wide" disabled={busy}>
        <Icon name="bell" />
        {translate("subscribe")}
      </button>
      {result ? (
        <Banner kind="good" icon="check">
          {result}
        </Banner>
      ) : null}
      {pending ? (
        <CodeField
          manage={pending.manage}
          onConfirmed={() => {
            remember(pending);
            setPending(null);
            setResult(null);
          }}
        />
      ) : null}
    </form>
  );
}

const channelWords = (one: Channel): string =>
  one === "sms" ? subscribing("bySms") : translate(one === "webpush" ? "byPush" : "byEmail");

async function pushPlace(key: string | null): Promise<{ address: string; keys: { p256dh: string; auth: string } }> {
  if (key === null || pushState() === "impossible") throw new ApiError(0, "push", translate("pushImpossible"));
  try {
    const { address, keys } = await subscribePush(key);
    return { address, keys: { ...keys } };
  } catch {
    throw new ApiError(0, "push", translate(pushState() === "denied" ? "pushDenied" : "pushImpossible"));
  }
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
