// Shows an area's pages only to its roles; the server refuses the others anyway, this only says so in words.

import type { ComponentChildren, VNode } from "preact";
import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { Banner, Loading, Page } from "../parts/layout";
import { translate } from "../words/field";
import { SignedOut } from "./SignedOut";
import { ACCOUNT, endedFor, loadSession, type Role, who } from "./session";

interface GuardProps {
  readonly roles: readonly Role[];
  /** Also for whoever must add a passkey before anything else. */
  readonly isForEnrolling?: boolean;
  readonly children: ComponentChildren;
}

export function Guard(props: GuardProps): VNode {
  const { url, route } = useLocation();
  const gone = who.value ? null : endedFor.value;
  const person = who.value ?? gone;
  const isNobody = who.value === null && gone === null;
  useEffect(() => {
    // This page is drawn until the next one is loaded, with the address of that one.
    if (isNobody && !url.startsWith("/sign-in")) route(`/sign-in?to=${encodeURIComponent(url)}`, true);
  }, [isNobody, url, route]);
  // A page that only read what is published did not request it.
  const isNotRequested = who.value === undefined;
  useEffect(() => {
    if (isNotRequested) void loadSession();
  }, [isNotRequested]);
  const isSentOn = person?.needs_passkey === true && !props.isForEnrolling;
  useEffect(() => {
    if (isSentOn) route(ACCOUNT, true);
  }, [isSentOn, route]);
  if (!person || isSentOn) return <Loading />;
  if (!props.roles.includes(person.role as Role)) {
    return (
      <Page title={translate("notAllowed")}>
        <Banner kind="warn">{translate("signedInAs", { name: person.name })}</Banner>
      </Page>
    );
  }
  // Out of sight, but there: what was being written waits for its writer, and for nobody else.
  return (
    <>
      <div key={person.user} class="guarded" hidden={gone !== null}>
        {props.children}
      </div>
      {gone ? <SignedOut person={gone} /> : null}
    </>
  );
}
