// Which channel, and the address that it needs.

import type { VNode } from "preact";
import { SelectField, TextField } from "../../parts/form";
import { pushState } from "../push";
import { translate } from "../words";
import { type Channel, channelWords, whyNoPush } from "./channels";
import { translate as subscribing } from "./words";

export function ChannelFields({
  channels,
  channel,
  onChannel,
  address,
  onAddress,
}: {
  channels: readonly Channel[];
  channel: Channel;
  onChannel: (one: Channel) => void;
  address: string;
  onAddress: (address: string) => void;
}): VNode {
  return (
    <>
      <SelectField
        label={translate("how")}
        value={channel}
        onValue={onChannel}
        options={channels.map((one) => [one, channelWords(one)] as const)}
      />
      {channel === "webpush" && pushState() !== "possible" ? <p class="warn">{whyNoPush()}</p> : null}
      {channel === "email" ? (
        <TextField
          label={translate("email")}
          type="email"
          autocomplete="email"
          value={address}
          onValue={onAddress}
          required
        />
      ) : null}
      {channel === "sms" ? (
        <TextField
          label={subscribing("phone")}
          hint={subscribing("phoneHint")}
          type="tel"
          autocomplete="tel"
          value={address}
          onValue={onAddress}
          required
        />
      ) : null}
    </>
  );
}
