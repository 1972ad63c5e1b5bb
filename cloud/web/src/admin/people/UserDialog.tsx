// One account: name, role and place; disabling it; a new password, shown once.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, ask, type Schemas } from "../../api/client";
import { Confirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { SelectField, TextField, useAction } from "../../parts/form";
import { Banner } from "../../parts/layout";
import { toast } from "../../parts/toasts";
import type { Role } from "../../session/session";
import { say as field, roleWords } from "../../words/field";
import { Once } from "../Once";
import { Refused, useSaving } from "../saving";
import { say as admin } from "../words";
import { AreaPicker } from "./AreaPicker";
import { say } from "./words-people";

export type Account = Schemas["User"];
export const ROLES: readonly Role[] = ["citizen", "officer", "area_head", "agency_head", "operator", "leader", "admin"];

interface DialogProps {
  readonly account: Account | null;
  readonly agencies: readonly Schemas["Agency"][];
  readonly onClose: () => void;
}

export function UserDialog({ account, agencies, onClose }: DialogProps): VNode {
  const [held, setHeld] = useState(account);
  const title = held ? say("editUser", { name: held.name }) : say("newUser");
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
    const wish = { name, role, email: email || null, area_id: area[0], agency_id: agency || null };
    onSaved(
      account ? await change(account, wish) : await ask(api.POST("/api/v1/admin/users", { body: { id, ...wish } })),
    );
    toast(admin("saved"), "good");
  });
  const newest = async (): Promise<void> => {
    const found = await ask(api.GET("/api/v1/admin/users", { params: { query: { q: id } } }));
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
          label={say("userId")}
          hint={say("userIdHint")}
          value={id}
          onValue={setId}
          name="id"
          maxLength={64}
          wrong={saving.wrong("id")}
        />
      )}
      <TextField
        label={say("name")}
        value={name}
        onValue={setName}
        name="name"
        maxLength={120}
        wrong={saving.wrong("name")}
      />
      <SelectField
        label={say("role")}
        value={role}
        onValue={setRole}
        options={ROLES.map((one) => [one, roleWords(one)] as const)}
        wrong={saving.wrong("role")}
      />
      <AreaPicker
        label={`${say("area")} (${field("optional")})`}
        value={area[0]}
        name={area[1]}
        onValue={(one, called) => setArea([one, called])}
        wrong={saving.wrong("area_id")}
      />
      <SelectField
        label={say("agency")}
        value={agency}
        onValue={setAgency}
        options={[["", say("noAgency")], ...agencies.map((one) => [one.id, one.name] as const)]}
        wrong={saving.wrong("agency_id")}
      />
      <TextField
        label={`${say("email")} (${field("optional")})`}
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
  return ask(api.PATCH("/api/v1/admin/users/{user_id}", { params, body }));
}

/** What an administrator does to a person's access: asked before. */
type Deed = "reset" | "endSessions" | "disable";

function Access({ account, onChanged }: { account: Account; onChanged: (account: Account) => void }): VNode {
  const [password, setPassword] = useState<string | null>(null);
  const [asked, setAsked] = useState<Deed | null>(null);
  const path = { user_id: account.id };
  const isDisabled = account.disabled_at !== null;
  const [busy, disable] = useAction(async () => onChanged(await change(account, { disabled: !isDisabled })));
  const [resetting, reset] = useAction(async () => {
    const made = randomPassword();
    await ask(api.PUT("/api/v1/admin/users/{user_id}/password", { params: { path }, body: { password: made } }));
    setPassword(made);
  });
  const [ending, end] = useAction(async () => {
    await ask(api.DELETE("/api/v1/admin/users/{user_id}/sessions", { params: { path } }));
    toast(say("sessionsEnded"), "good");
  });
  const deeds: Readonly<Record<Deed, () => void>> = { reset, endSessions: end, disable };
  return (
    <section class="stack card" aria-label={say("access")}>
      <h3>{say("access")}</h3>
      {password ? (
        <>
          <Banner kind="warn">{say("passwordOnce")}</Banner>
          <Once label={say("reset")} secret={password} />
        </>
      ) : null}
      <div class="row">
        <button type="button" class="button" disabled={resetting || isDisabled} onClick={() => setAsked("reset")}>
          {say("reset")}
        </button>
        <button type="button" class="button" disabled={ending} onClick={() => setAsked("endSessions")}>
          {say("endSessions")}
        </button>
        <button
          type="button"
          class={`button${isDisabled ? "" : " danger"}`}
          disabled={busy}
          onClick={() => (isDisabled ? disable() : setAsked("disable"))}
        >
          {isDisabled ? say("enable") : say("disable")}
        </button>
      </div>
      {asked ? (
        <Confirm
          title={say(`${asked}Of`, { name: account.name })}
          deed={say(asked)}
          onNo={() => setAsked(null)}
          onYes={() => {
            setAsked(null);
            deeds[asked]();
          }}
        >
          <p>{say(`${asked}Means`)}</p>
        </Confirm>
      ) : null}
    </section>
  );
}

/** Easy to read out: no letters that look alike; 20 of 32 letters are 100 bits. */
function randomPassword(): string {
  const letters = "abcdefghjkmnpqrstuvwxyz23456789-".slice(0, 32);
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  return [...bytes].map((byte) => letters[byte % letters.length] ?? "x").join("");
}
