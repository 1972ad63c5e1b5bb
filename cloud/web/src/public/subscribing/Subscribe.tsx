// The form that subscribes to an area or a gauge, without an account.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { ApiError, api, request } from "../../api/client";
import { loadOutlines } from "../../map/outlines";
import { Switch, useAction } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { Banner } from "../../parts/layout";
import { useLoad } from "../../parts/load";
import { useCityNow } from "../../published/state";
import { language } from "../../words/language";
import { NO_OWN_LEVEL, thresholdsOf } from "../OwnLevel";
import { translate } from "../words";
import { ChannelFields } from "./ChannelFields";
import { CodeField } from "./CodeField";
import { type Channel, firstChannel, pushPlace } from "./channels";
import type { Mine } from "./mine";
import { type Place, PlaceFields } from "./PlaceFields";

const QUIET = { from: "22:00", to: "05:00" };

export function Subscribe({
  channels,
  pushKey,
  remember,
}: {
  channels: readonly Channel[];
  pushKey: string | null;
  remember: (one: Mine) => void;
}): VNode {
  const places = usePlaces();
  const { query } = useLocation();
  const [place, setPlace] = useState<Place>({
    area: query.area ?? "",
    gauge: query.gauge ?? "",
    stage: "3",
    flood: "minor",
    own: NO_OWN_LEVEL,
  });
  const [isQuiet, setQuiet] = useState(false);
  const [channel, setChannel] = useState<Channel>(firstChannel(channels));
  const [addresses, setAddresses] = useState<Partial<Record<Channel, string>>>({});
  const [pending, setPending] = useState<Mine | null>(null);
  const [result, setResult] = useState<string | null>(null);
  const address = addresses[channel] ?? "";
  const [busy, subscribe] = useAction(async () => {
    needPlace(place);
    const to = channel === "webpush" ? await pushPlace(pushKey) : { address: address.trim(), keys: null };
    const quiet = isQuiet ? QUIET : null;
    const body = { channel, ...to, ...wanted(place), language: language.value, quiet };
    const subscription = await request(api.POST("/api/v1/subscriptions", { body }));
    setResult(subscription.message);
    const made = subscription.manage ? { manage: subscription.manage, name: nameOf(place, places) } : null;
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
      <PlaceFields place={place} onPlace={setPlace} {...places} />
      <ChannelFields
        channels={channels}
        channel={channel}
        onChannel={setChannel}
        address={address}
        onAddress={(typed) => setAddresses({ ...addresses, [channel]: typed })}
      />
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

type Named = readonly [id: string, name: string];

function usePlaces(): { areas: Named[]; gauges: Named[] } {
  const { gauges } = useCityNow();
  const outlines = useLoad(loadOutlines, []);
  const byName = (a: Named, b: Named): number => a[1].localeCompare(b[1]);
  const areas = (outlines.data?.[0].features ?? [])
    .filter((one) => one.properties.kind === "kelurahan" || one.properties.kind === "kecamatan")
    .map((one): Named => [String(one.properties.code), String(one.properties.name)]);
  return { areas: areas.sort(byName), gauges: gauges.map((one): Named => [one.id, one.name]).sort(byName) };
}

function nameOf({ area, gauge }: Place, { areas, gauges }: { areas: Named[]; gauges: Named[] }): string {
  const chosen = [...gauges.filter(([id]) => id === gauge), ...areas.filter(([id]) => id === area)];
  return chosen.map(([, name]) => name).join(", ");
}

function needPlace({ area, gauge }: Place): void {
  if (gauge === "" && area === "") throw new ApiError(422, "where", translate("whereNeeded"));
}

const wanted = ({ area, gauge, stage, flood, own }: Place) => ({
  areas: area ? [area] : [],
  gauges: gauge ? [gauge] : [],
  least_stage: Number(stage) as 1 | 2 | 3,
  least_flood_state: flood,
  thresholds: gauge ? thresholdsOf(gauge, own) : [],
});
