// Shows an area's pages only to its roles; the server refuses the others anyway, this only says so in words.

import type { ComponentChildren, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { Banner, Loading, Page } from "../parts/layout";
import { say } from "../words/field";
import { type Role, role, who } from "./session";

export function Guard(props: { roles: readonly Role[]; children: ComponentChildren }): VNode {
  const { url, route } = useLocation();
  const person = who.value;
  useEffect(() => {
    if (person === null) route(`/sign-in?to=${encodeURIComponent(url)}`, true);
  }, [person, url, route]);
  if (!person) return <Loading />;
  if (role.value === null || !props.roles.includes(role.value)) {
    return (
      <Page title={say("notAllowed")}>
        <Banner kind="warn">{say("signedInAs", { name: person.name })}</Banner>
      </Page>
    );
  }
  return <>{props.children}</>;
}
