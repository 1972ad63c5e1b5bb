// People who sign in: found, made, given a role and a place, disabled, given a new password.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request } from "../../api/client";
import { SelectField, TextField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { Empty, Page } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { type Column, Table } from "../../parts/table";
import type { Role } from "../../session/session";
import { now } from "../../shell/now";
import { translate as field, roleWords } from "../../words/field";
import { ago } from "../../words/format";
import { translate as admin } from "../words";
import { type Account, ROLES, UserDialog } from "./UserDialog";
import { translate } from "./words-people";

const AT_ONCE = 50;

export function Users(): VNode {
  const [text, setText] = useState("");
  const [role, setRole] = useState<Role | "">("");
  const [edited, setEdited] = useState<Account | "new" | null>(null);
  const [pages, setPages] = useState<readonly string[]>([""]);
  const found = useLoad(
    () => loadPages(pages, { ...(text.trim() ? { q: text.trim() } : {}), ...(role ? { role } : {}) }),
    [text, role, pages],
  );
  const agencies = useLoad(() => request(api.GET("/api/v1/agencies")), []);
  const agencyName = (id: string): string => agencies.data?.find((one) => one.id === id)?.name ?? id;
  const close = (): void => {
    setEdited(null);
    found.again();
  };
  return (
    <Page
      title={admin("users")}
      intro={translate("usersIntro")}
      width="wide"
      tools={
        <button type="button" class="button main" id="new-user" onClick={() => setEdited("new")}>
          <Icon name="report" />
          {translate("newUser")}
        </button>
      }
    >
      <div class="grid">
        <TextField label={translate("search")} type="search" value={text} onValue={setText} maxLength={100} />
        <SelectField
          label={translate("role")}
          value={role}
          onValue={setRole}
          options={[["", field("all")], ...ROLES.map((one) => [one, roleWords(one)] as const)]}
        />
      </div>
      <Shown of={found}>
        {(accounts) => (
          <>
            <People accounts={accounts} agencyName={agencyName} edit={setEdited} />
            {accounts.length >= AT_ONCE * pages.length ? (
              <button type="button" class="button" onClick={() => setPages([...pages, accounts.at(-1)?.id ?? ""])}>
                {admin("more")}
              </button>
            ) : null}
          </>
        )}
      </Shown>
      {edited !== null ? (
        <UserDialog account={edited === "new" ? null : edited} agencies={agencies.data ?? []} onClose={close} />
      ) : null}
    </Page>
  );
}

async function loadPages(pages: readonly string[], query: { q?: string; role?: Role }): Promise<readonly Account[]> {
  const loads = pages.map((after) =>
    request(api.GET("/api/v1/admin/users", { params: { query: { ...query, after, limit: AT_ONCE } } })),
  );
  return (await Promise.all(loads)).flat();
}

function People(props: {
  accounts: readonly Account[];
  agencyName: (id: string) => string;
  edit: (account: Account) => void;
}): VNode {
  const { accounts, agencyName, edit } = props;
  if (accounts.length === 0) return <Empty>{admin("noMatch")}</Empty>;
  const columns: Column<Account>[] = [
    {
      id: "name",
      head: translate("name"),
      cell: (one) => (
        <>
          <span class="strong">{one.name}</span>
          <br />
          <span class="small soft">
            {one.id}
            {one.email ? ` · ${one.email}` : ""}
          </span>
        </>
      ),
      sortBy: (one) => one.name,
      isName: true,
    },
    { id: "role", head: translate("role"), cell: (one) => roleWords(one.role), sortBy: (one) => roleWords(one.role) },
    {
      id: "where",
      head: translate("where"),
      cell: (one) => placeOf(one, agencyName) || <span class="soft">{admin("everywhere")}</span>,
      sortBy: (one) => placeOf(one, agencyName),
    },
    {
      id: "access",
      head: translate("access"),
      cell: (one) => <Access account={one} />,
      sortBy: (one) => one.disabled_at,
    },
    {
      id: "edit",
      head: "",
      cell: (one) => (
        <button
          type="button"
          class="button"
          data-user={one.id}
          aria-label={translate("editUser", { name: one.name })}
          onClick={() => edit(one)}
        >
          {admin("edit")}
        </button>
      ),
    },
  ];
  return <Table caption={admin("users")} rows={accounts} keyOf={(one) => one.id} columns={columns} />;
}

const placeOf = (one: Account, agencyName: (id: string) => string): string =>
  [one.area_name ?? one.area_id, one.agency_id ? agencyName(one.agency_id) : null].filter(Boolean).join(" · ");

function Access({ account }: { account: Account }): VNode {
  if (account.disabled_at) {
    return <span class="bad">{translate("disabled", { t: ago(account.disabled_at, now.value) })}</span>;
  }
  const methods = [
    account.has_password ? translate("hasPassword") : "",
    account.oidc_subject ? translate("hasOidc") : "",
  ];
  const shown = methods.filter(Boolean).join(", ");
  return shown ? (
    <span>
      <span class="good">{translate("active")}</span> <span class="small soft">{shown}</span>
    </span>
  ) : (
    <span class="warn">{translate("noSignIn")}</span>
  );
}
