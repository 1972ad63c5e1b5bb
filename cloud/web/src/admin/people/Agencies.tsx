// Agencies: who they are and what goes to them.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request } from "../../api/client";
import { Icon } from "../../parts/icons";
import { Banner, Page } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { categoryWords } from "../../words/field";
import { number } from "../../words/format";
import { translate as admin } from "../words";
import { type Agency, AgencyDialog } from "./AgencyDialog";
import { translate } from "./words-people";

export function Agencies(): VNode {
  const book = useLoad(() => request(api.GET("/api/v1/admin/agencies")), []);
  const [edited, setEdited] = useState<Agency | "new" | null>(null);
  const close = (): void => {
    setEdited(null);
    book.again();
  };
  return (
    <Page
      title={admin("agencies")}
      intro={translate("agenciesIntro")}
      width="wide"
      tools={
        <button type="button" class="button main" onClick={() => setEdited("new")}>
          <Icon name="report" />
          {translate("newAgency")}
        </button>
      }
    >
      <Shown of={book}>
        {(found) => (
          <>
            {found.unrouted.length > 0 ? (
              <Banner kind="warn" icon="warning">
                <p>{translate("unroutedNow", { list: found.unrouted.map(categoryWords).join(", ") })}</p>
              </Banner>
            ) : null}
            <ul class="grid">
              {found.agencies.map((one) => (
                <li key={one.id} class="card">
                  <Card agency={one} edit={() => setEdited(one)} />
                </li>
              ))}
            </ul>
            {edited !== null ? (
              <AgencyDialog agency={edited === "new" ? null : edited} categories={found.categories} onClose={close} />
            ) : null}
          </>
        )}
      </Shown>
    </Page>
  );
}

function Card({ agency, edit }: { agency: Agency; edit: () => void }): VNode {
  const counts = { people: number(agency.people), tasks: number(agency.open_tasks) };
  return (
    <>
      <div class="row nofold">
        <svg class="dot-mark" viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="7" fill={agency.colour ?? "none"} stroke="currentColor" />
        </svg>
        <h2 class="grow">{agency.name}</h2>
        <button type="button" class="button" aria-label={translate("editAgency", { name: agency.name })} onClick={edit}>
          {admin("edit")}
        </button>
      </div>
      <p class="small soft">
        {agency.id} · {translate("counts", counts)}
      </p>
      <p class="row">
        {agency.routes.length === 0 ? <span class="warn small">{translate("nothing")}</span> : null}
        {agency.routes.map((route) => (
          <span class="tag" key={`${route.category} ${route.area_id}`}>
            {route.area_id
              ? translate("inArea", { category: categoryWords(route.category), area: route.area_name ?? route.area_id })
              : categoryWords(route.category)}
          </span>
        ))}
      </p>
    </>
  );
}
