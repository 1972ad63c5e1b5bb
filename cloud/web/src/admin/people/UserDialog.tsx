// One account: name, role and place; disabling it; a new password, shown once.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../../api/client";
import { Confirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { SelectField, TextField, useAction } from "../../parts/form";
import { Banner } from "../../parts/layout";
import { toast } from "../../parts/toasts";
import type { Role } from "../../session/session";
import { translate as field, roleWords } from "../../words/field";
import { Once } from "../Once";
import { Refused, useSaving } from "../saving";
import { translate as admin } from "../words";
import { AreaPicker } from "./AreaPicker";
import { translate } from "./words-people";

export type Account = Schemas["User"];
export const ROLES: readonly Role[] = ["citizen", "officer", "area_head", "agency_head", "operator", "leader", "admin"];

interface DialogProps {
  readonly account: Account | null;
  readonly agencies: readonly Schemas["Agency"][];
  readonly onClose: () => void;
}

export function UserDialog({ account, agencies, onClose }: DialogProps): VNode {
  const [held, setHeld] = useState(account);
  const title = held ? translate("editUser", { name: held.name }) : translate("newUser");
  return (
    <Dialog title={title} onClose={onClose}>
      <UserForm key={held?.version ?? "new"} account={held} agencies={agencies} onSaved={setHeld} />
      {held ? <Access account={held} onChanged={setHeld} /> : null}
    </Dialog>
  );
}

function UserForm(props: {
  account: Account | null;
  agencies: readonly Schemas["Agency"][];
  onSaved: (account: Account) => void;
}): VNode {
  const { account, agencies, onSaved } = props;
  const [id, setId] = useState(account?.id ?? "");
  const [name, setName] = useState(account?.name ?? "");
  const [email, setEmail] = useState(account?.email ?? "");
  const [role, setRole] = useState<Role>((account?.role as Role | undefined) ?? "officer");
  const [area, setArea] = useState<readonly [string | null, string | null]>([
    account?.area_id ?? null,
    account?.area_name ?? null,
  ]);
  const [agency, setAgency] = useState(account?.agency_id ?? "");
  const saving = useSaving(async () => {
    const update = { name, role, email: email || null, area_id: area[0], agency_id: agency || null };
    onSaved(
      account
        ? await change(account, update)
        : await request(api.POST("/api/v1/admin/users", { body: { id, ...update } })),
    );
    toast(admin("saved"), "good");
  });
  const newest = async (): Promise<void> => {
    const found = await request(api.GET("/api/v1/admin/users", { params: { query: { q: id } } }));
    const mine = found.find((one) => one.id === id);
    if (mine) onSaved(mine);
  };
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        saving.run();
      }}
    >
      <Refused error={saving.error} again={() => void newest()} />
      {account ? null : (
        <TextField
          label={translate("userId")}
          hint={translate("userIdHint")}
          value={id}
          onValue={setId}
          name="id"
          maxLength={64}
          wrong={saving.wrong("id")}
        />
      )}
      <TextField
        label={translate("name")}
        value={name}
        onValue={setName}
        name="name"
        maxLength={120}
        wrong={saving.wrong("name")}
      />
      <SelectField
        label={translate("role")}
        value={role}
        onValue={setRole}
        options={ROLES.map((one) => [one, roleWords(one)] as const)}
        wrong={saving.wrong("role")}
      />
      <AreaPicker
        label={`${translate("area")} (${field("optional")})`}
        value={area[0]}
        name={area[1]}
        onValue={(one, called) => setArea([one, called])}
        wrong={saving.wrong("area_id")}
      />
      <SelectField
        label={translate("agency")}
        value={agency}
        onValue={setAgency}
        options={[["", translate("noAgency")], ...agencies.map((one) => [one.id, one.name] as const)]}
        wrong={saving.wrong("agency_id")}
      />
      <TextField
        label={`${translate("email")} (${field("optional")})`}
        type="email"
        value={email}
        onValue={setEmail}
        maxLength={254}
        wrong={saving.wrong("email")}
      />
      <button type="submit" class="button main" disabled={saving.busy}>
        {field("save")}
      </button>
    </form>
  );
}

function change(account: Account, body: Schemas["UserUpdate"]): Promise<Account> {
  const params = { path: { user_id: account.id }, header: { "if-match": account.version } };
  return request(api.PATCH("/api/v1/admin/users/{user_id}", { params, body }));
}

/** What an administrator does to a person's access: asked before. */
type Deed = "reset" | "endSessions" | "disable";

function Access({ account, onChanged }: { account: Account; onChanged: (account: Account) => void }): VNode {
  const [password, setPassword] = useState<string | null>(null);
  const [pending, setPending] = useState<Deed | null>(null);
  const path = { user_id: account.id };
  const isDisabled = account.disabled_at !== null;
  const [busy, disable] = useAction(async () => onChanged(await change(account, { disabled: !isDisabled })));
  const [resetting, reset] = useAction(async () => {
    const made = randomPassword();
    await request(api.PUT("/api/v1/admin/users/{user_id}/password", { params: { path }, body: { password: made } }));
    setPassword(made);
  });
  const [ending, end] = useAction(async () => {
    await request(api.DELETE("/api/v1/admin/users/{user_id}/sessions", { params: { path } }));
    toast(translate("sessionsEnded"), "good");
  });
  const deeds: Readonly<Record<Deed, () => void>> = { reset, endSessions: end, disable };
  return (
    <section class="stack card" aria-label={translate("access")}>
      <h3>{translate("access")}</h3>
      {password ? (
        <>
          <Banner kind="warn">{translate("passwordOnce")}</Banner>
          <Once label={translate("reset")} secret={password} />
        </>
      ) : null}
      <div class="row">
        <button type="button" class="button" disabled={resetting || isDisabled} onClick={() => setPending("reset")}>
          {translate("reset")}
        </button>
        <button type="button" class="button" disabled={ending} onClick={() => setPending("endSessions")}>
          {translate("endSessions")}
        </button>
        <button
          type="button"
          class={`button${isDisabled ? "" : " danger"}`}
          disabled={busy}
          onClick={() => (isDisabled ? disable() : setPending("disable"))}
        >
          {isDisabled ? translate("enable") : translate("disable")}
        </button>
      </div>
      {pending ? (
        <Confirm
          title={translate(`${pending}Of`, { name: account.name })}
          deed={translate(pending)}
          onNo={() => setPending(null)}
          onYes={() => {
            setPending(null);
            deeds[pending]();
          }}
        >
          <p>{translate(`${pending}Means`)}</p>
        </Confirm>
      ) : null}
    </section>
  );
}

/** Easy to read out: no letters that look alike; 20 of 32 letters are 100 bits. */
function randomPassword(): string {
  const alphabet = "abcdefghjkmnpqrstuvwxyz23456789-".slice(0, 32);
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return [...bytes].map((byte) => alphabet[byte % alphabet.length] ?? "x").join("");
}
