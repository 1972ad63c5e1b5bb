// One agency: its name and colour, and what goes to it, everywhere or in an area.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../../api/client";
import { Confirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { focusFirstWrong } from "../../parts/focus";
import { Field, SelectField, Switch, TextField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { toast } from "../../parts/toasts";
import { categoryWords, translate as field } from "../../words/field";
import { Checks } from "../Checks";
import { Refused, useSaving } from "../saving";
import { translate as admin } from "../words";
import { AreaPicker } from "./AreaPicker";
import { translate } from "./words-people";

export type Agency = Schemas["AgencyDetail"];
type Route = Schemas["Route"];
const ID = /^[a-z0-9][a-z0-9-]{1,47}$/;

interface DialogProps {
  readonly agency: Agency | null;
  readonly categories: readonly string[];
  readonly onClose: () => void;
}

export function AgencyDialog({ agency, categories, onClose }: DialogProps): VNode {
  const [id, setId] = useState(agency?.id ?? "");
  const [name, setName] = useState(agency?.name ?? "");
  const [colour, setColour] = useState(agency?.colour ?? "#1f6fd0");
  const [everywhere, setEverywhere] = useState(() => ofAgency(agency, false).map((one) => one.category));
  const [inAreas, setInAreas] = useState<readonly Route[]>(() => ofAgency(agency, true));
  const [reassign, setReassign] = useState(false);
  const [isTried, setTried] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const isId = ID.test(id);
  const isOpen = inAreas.some((one) => one.area_id === null);
  const saving = useSaving(async () => {
    const params = { path: { agency_id: id }, header: { "if-match": agency?.version ?? "new" } };
    const local = inAreas.map(({ category, area_id }) => ({ category, area_id }));
    const routes = [...everywhere.map((category) => ({ category, area_id: null })), ...local];
    await request(
      api.PUT("/api/v1/admin/agencies/{agency_id}", {
        params,
        body: { name, colour, routes, transfer_routes: reassign },
      }),
    );
    toast(admin("saved"), "good");
    onClose();
  });
  const removing = useSaving(async () => {
    const params = { path: { agency_id: id }, header: { "if-match": agency?.version ?? "" } };
    await request(api.DELETE("/api/v1/admin/agencies/{agency_id}", { params }));
    toast(translate("removed"), "good");
    onClose();
  });
  return (
    <Dialog
      title={agency ? translate("editAgency", { name: agency.name }) : translate("newAgency")}
      onClose={onClose}
      wide
    >
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (isId && !isOpen) saving.run();
          else focusFirstWrong(event.currentTarget);
        }}
      >
        <Refused error={saving.error ?? removing.error} again={onClose} />
        <div class="grid">
          {agency ? null : (
            <TextField
              label={translate("agencyId")}
              hint={translate("agencyIdHint")}
              wrong={(isTried || id !== "") && !isId ? translate("agencyIdWrong") : null}
              value={id}
              onValue={setId}
              name="id"
              maxLength={48}
            />
          )}
          <TextField
            label={translate("name")}
            value={name}
            onValue={setName}
            maxLength={120}
            wrong={saving.wrong("name")}
          />
          <Field label={translate("colour")} wrong={saving.wrong("colour")}>
            {(of) => (
              <input
                class="input colour"
                type="color"
                value={colour}
                onInput={(event) => setColour(event.currentTarget.value)}
                {...of}
              />
            )}
          </Field>
        </div>
        <Checks
          legend={translate("doesEverywhere")}
          options={categories.map((one) => [one, categoryWords(one)] as const)}
          chosen={everywhere}
          onChosen={setEverywhere}
        />
        <Local
          routes={inAreas}
          categories={categories}
          onRoutes={setInAreas}
          wrong={(field) => saving.wrong(field) ?? (isTried ? missing(inAreas, everywhere.length, field) : null)}
          from={everywhere.length}
        />
        <Switch label={translate("reassign")} on={reassign} onChange={setReassign} />
        <div class="row apart">
          <button type="submit" class="button main" disabled={saving.busy}>
            {field("save")}
          </button>
          {agency ? (
            <button type="button" class="button danger" disabled={removing.busy} onClick={() => setRemoving(true)}>
              {translate("removeAgency")}
            </button>
          ) : null}
        </div>
      </form>
      {isRemoving ? (
        <Confirm
          title={translate("removeOf", { name })}
          deed={translate("removeAgency")}
          onNo={() => setRemoving(false)}
          onYes={() => {
            setRemoving(false);
            removing.run();
          }}
        >
          <p>{translate("removeMeans")}</p>
        </Confirm>
      ) : null}
    </Dialog>
  );
}

/** What a route of an area lacks, by the field's name as the server states it. */
function missing(routes: readonly Route[], from: number, field: string): string | null {
  const at = routes.findIndex((_, index) => field === `routes.${from + index}.area_id`);
  return routes[at] && routes[at].area_id === null ? translate("areaMissing") : null;
}

const ofAgency = (agency: Agency | null, local: boolean): Route[] =>
  (agency?.routes ?? []).filter((one) => (one.area_id !== null) === local);

function Local(props: {
  routes: readonly Route[];
  categories: readonly string[];
  onRoutes: (routes: readonly Route[]) => void;
  wrong: (name: string) => string | null;
  from: number;
}): VNode {
  const { routes, categories, onRoutes, wrong, from } = props;
  const change = (at: number, part: Partial<Route>): void =>
    onRoutes(routes.map((one, index) => (index === at ? { ...one, ...part } : one)));
  const add = (): void => onRoutes([...routes, { category: categories[0] ?? "other", area_id: null, area_name: null }]);
  return (
    <fieldset class="stack tight plain">
      <legend class="strong">{translate("doesInAreas")}</legend>
      {routes.map((route, at) => (
        <div class="grid card" key={at}>
          <SelectField
            label={translate("category")}
            value={route.category}
            onValue={(category) => change(at, { category })}
            options={categories.map((one) => [one, categoryWords(one)] as const)}
            wrong={wrong(`routes.${from + at}.category`)}
          />
          <AreaPicker
            label={translate("area")}
            value={route.area_id}
            name={route.area_name}
            onValue={(area_id, area_name) => change(at, { area_id, area_name })}
            wrong={wrong(`routes.${from + at}.area_id`)}
          />
          <button type="button" class="button" onClick={() => onRoutes(routes.filter((_, index) => index !== at))}>
            <Icon name="trash" />
            {admin("remove")}
          </button>
        </div>
      ))}
      <button type="button" class="button" onClick={add}>
        {translate("addRoute")}
      </button>
    </fieldset>
  );
}
