// What the forms of cameras, gauges and nodes have in common.

import type { ComponentChildren, VNode } from "preact";
import { api, request } from "../../api/client";
import { focusFirstWrong } from "../../parts/focus";
import { SelectField, TextField } from "../../parts/form";
import { Page } from "../../parts/layout";
import { useLoad } from "../../parts/load";
import { Refused, type Saving } from "../saving";
import { translate } from "./words";

const ID = /^[a-z0-9][a-z0-9-]{1,47}$/;
export const isId = (text: string): boolean => ID.test(text);

/** The page of a form; `new` has no tools. */
export function FormPage(props: { title: string; back: string; words: string; children: ComponentChildren }): VNode {
  return (
    <Page
      title={props.title}
      width="narrow"
      tools={
        <a class="button" href={props.back}>
          {props.words}
        </a>
      }
    >
      {props.children}
    </Page>
  );
}

export function SiteForm(props: {
  saving: Saving<readonly []>;
  again: (() => void) | undefined;
  isWrong: boolean;
  onTried: () => void;
  children: ComponentChildren;
}): VNode {
  const { saving, again, isWrong, onTried, children } = props;
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onTried();
        if (!isWrong) saving.run();
        else focusFirstWrong(event.currentTarget);
      }}
    >
      <Refused error={saving.error} again={again} />
      {children}
      <button type="submit" class="button main" id="save" disabled={saving.busy}>
        {translate("save")}
      </button>
    </form>
  );
}

export function IdField(props: {
  value: string;
  onValue: (id: string) => void;
  isTried: boolean;
  wrong: string | null;
}): VNode {
  const { value, onValue, isTried, wrong } = props;
  const isBad = (isTried || value !== "") && !isId(value);
  return (
    <TextField
      label={translate("id")}
      hint={translate("idHint")}
      wrong={wrong ?? (isBad ? translate("idWrong") : null)}
      value={value}
      onValue={onValue}
      name="id"
      maxLength={48}
      autocomplete="off"
    />
  );
}

/** The name that citizens read, in both languages. */
export function NameFields(props: {
  name: string;
  nameEn: string;
  onName: (more: { name: string } | { nameEn: string }) => void;
  isTried: boolean;
  wrong: (name: string) => string | null;
}): VNode {
  const { name, nameEn, onName, isTried, wrong } = props;
  return (
    <div class="grid">
      <TextField
        label={translate("nameId")}
        name="name"
        value={name}
        onValue={(text) => onName({ name: text })}
        maxLength={120}
        wrong={wrong("name") ?? (isTried && name.trim() === "" ? translate("nameNeeded") : null)}
      />
      <TextField
        label={translate("nameEn")}
        name="name_en"
        hint={translate("nameEnHint")}
        value={nameEn}
        onValue={(text) => onName({ nameEn: text })}
        maxLength={120}
        wrong={wrong("name_en")}
      />
    </div>
  );
}

/** The nodes to choose from; one that is chosen stays in the list even if it is out of use. */
export function NodeField(props: {
  value: string | null;
  onValue: (id: string | null) => void;
  wrong: string | null;
}): VNode {
  const { value, onValue, wrong } = props;
  const fleet = useLoad(() => request(api.GET("/api/v1/admin/nodes", { params: { query: { limit: 1000 } } })), []);
  const used = (fleet.data?.nodes ?? []).filter((one) => !one.retired_at || one.id === value);
  const known = used.map((one) => [one.id, one.name ? `${one.name} (${one.id})` : one.id] as const);
  const own = value !== null && !known.some(([id]) => id === value) ? [[value, value] as const] : [];
  return (
    <SelectField
      label={translate("nodeOf")}
      value={value ?? ""}
      onValue={(id) => onValue(id || null)}
      options={[["", translate("noNode")], ...own, ...known]}
      wrong={wrong}
    />
  );
}
