// How one signs in: passkeys, and the devices that sign what one sends.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { api, request, type Schemas } from "../api/client";
import { deviceWords } from "../officer/devices";
import { Confirm } from "../parts/confirm";
import { TextField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { toast } from "../parts/toasts";
import { ownKeyId } from "../queue/device";
import { dateAndTime } from "../words/format";
import { Guard } from "./guard";
import { addPasskey, hasPasskeys, signInByPasskey } from "./passkeys";
import { homeOf, type Role, who } from "./session";
import { translate } from "./words";

const STAFF: readonly Role[] = ["officer", "area_head", "agency_head", "leader", "operator", "admin"];

export function Account(): VNode {
  return (
    <Guard roles={STAFF} isForEnrolling>
      <Page title={translate("title")} width="narrow">
        <Passkeys />
        {who.value?.needs_passkey ? null : <Devices />}
      </Page>
    </Guard>
  );
}

function Passkeys(): VNode {
  const passkeys = useLoad(() => request(api.GET("/api/v1/me/passkeys")), []);
  const needsPasskey = who.value?.needs_passkey ?? false;
  const hasOne = (passkeys.data ?? []).length > 0;
  return (
    <section class="card stack" id="passkeys">
      <h2>{translate("passkeys")}</h2>
      {needsPasskey ? (
        <Banner kind="warn" icon="key">
          {translate("passkeyRequired")}
        </Banner>
      ) : null}
      <p class="small soft">{translate("passkeysIntro")}</p>
      <Shown of={passkeys}>
        {(found) =>
          found.length === 0 ? (
            <p>{translate("noPasskeys")}</p>
          ) : (
            <ul class="list">
              {found.map((one) => (
                <PasskeyRow key={one.id} passkey={one} canRemove={!needsPasskey} onRemoved={passkeys.again} />
              ))}
            </ul>
          )
        }
      </Shown>
      {needsPasskey && hasOne ? <SignInNow /> : <AddPasskey onAdded={passkeys.again} />}
    </section>
  );
}

function PasskeyRow(props: { passkey: Schemas["Passkey"]; canRemove: boolean; onRemoved: () => void }): VNode {
  const { passkey, canRemove, onRemoved } = props;
  const [isConfirming, setConfirming] = useState(false);
  const [busy, remove] = useAction(async () => {
    setConfirming(false);
    const path = { passkey_id: passkey.id };
    await request(api.DELETE("/api/v1/me/passkeys/{passkey_id}", { params: { path } }));
    toast(translate("removed"), "good");
    onRemoved();
  });
  const { created_at, used_at, is_backed_up } = passkey;
  const facts = [
    translate("addedOn", { at: dateAndTime(created_at) }),
    used_at ? translate("usedOn", { at: dateAndTime(used_at) }) : translate("neverUsed"),
    ...(is_backed_up ? [translate("backedUp")] : []),
  ];
  return (
    <li class="row apart">
      <span>
        <span class="strong">{passkey.name}</span>
        <span class="small soft block">{facts.join(" · ")}</span>
      </span>
      {canRemove ? (
        <button type="button" class="button danger" disabled={busy} onClick={() => setConfirming(true)}>
          {translate("remove")}
        </button>
      ) : null}
      {isConfirming ? (
        <Confirm
          title={translate("removeTitle", { name: passkey.name })}
          deed={translate("remove")}
          onYes={() => remove()}
          onNo={() => setConfirming(false)}
        >
          <p>{translate("removeMeans")}</p>
        </Confirm>
      ) : null}
    </li>
  );
}

function AddPasskey({ onAdded }: { onAdded: () => void }): VNode {
  const [name, setName] = useState(deviceWords(navigator.userAgent));
  const [busy, add] = useAction(async () => {
    const added = await addPasskey(name.trim());
    toast(translate(added ? "added" : "calledOff"), added ? "good" : "warn");
    if (added) onAdded();
  });
  if (!hasPasskeys()) return <p>{translate("notHere")}</p>;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <TextField
        label={translate("passkeyName")}
        hint={translate("passkeyNameHint")}
        value={name}
        onValue={setName}
        name="passkey-name"
        required
        maxLength={80}
      />
      <button type="submit" class="button main big wide" disabled={busy || name.trim() === ""}>
        <Icon name="key" />
        {translate("add")}
      </button>
    </form>
  );
}

/** The password alone opens nothing more, so that the new passkey is used at once. */
function SignInNow(): VNode {
  const { route } = useLocation();
  const [busy, signIn] = useAction(async () => {
    const person = await signInByPasskey();
    if (person) route(homeOf(person), true);
  });
  return (
    <button type="button" class="button main big wide" disabled={busy} onClick={() => signIn()}>
      <Icon name="key" />
      {translate("signInNow")}
    </button>
  );
}

function Devices(): VNode {
  const devices = useLoad(() => request(api.GET("/api/v1/me/devices")), []);
  const [own, setOwn] = useState<string | null>(null);
  useEffect(() => {
    void ownKeyId().then(setOwn);
  }, []);
  return (
    <section class="card stack" id="devices">
      <h2>{translate("devices")}</h2>
      <p class="small soft">{translate("devicesIntro")}</p>
      <Shown of={devices}>
        {(found) =>
          found.length === 0 ? (
            <p>{translate("noDevices")}</p>
          ) : (
            <ul class="list">
              {found.map((one) => (
                <DeviceRow key={one.key_id} device={one} isThis={one.key_id === own} onRevoked={devices.again} />
              ))}
            </ul>
          )
        }
      </Shown>
    </section>
  );
}

function DeviceRow(props: { device: Schemas["Device"]; isThis: boolean; onRevoked: () => void }): VNode {
  const { device, isThis, onRevoked } = props;
  const [isConfirming, setConfirming] = useState(false);
  const [busy, revoke] = useAction(async () => {
    setConfirming(false);
    await request(api.DELETE("/api/v1/me/devices/{key_id}", { params: { path: { key_id: device.key_id } } }));
    toast(translate("revoked"), "good");
    onRevoked();
  });
  const used = device.used_at ? translate("usedOn", { at: dateAndTime(device.used_at) }) : translate("neverUsed");
  return (
    <li class="row apart">
      <span>
        <span class="strong">{deviceWords(device.agent)}</span> {isThis ? `(${translate("thisDevice")})` : null}
        <span class="small soft block">
          {translate("addedOn", { at: dateAndTime(device.bound_at) })} · {used}
        </span>
      </span>
      <button type="button" class="button danger" disabled={busy} onClick={() => setConfirming(true)}>
        {translate("revoke")}
      </button>
      {isConfirming ? (
        <Confirm
          title={translate("revokeTitle")}
          deed={translate("revoke")}
          onYes={() => revoke()}
          onNo={() => setConfirming(false)}
        >
          <p>{translate("revokeMeans")}</p>
        </Confirm>
      ) : null}
    </li>
  );
}
