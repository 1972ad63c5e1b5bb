// Signing in, by password or at the city's own identity provider.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { lazy, useLocation } from "preact-iso";
import { ApiError, api, request } from "../api/client";
import { accountInHash } from "../demo/demo";
import { riverSpeed } from "../demo/speed";
import { PasswordField, TextField } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Page } from "../parts/layout";
import { useLoad } from "../parts/load";
import { part } from "../shell/part";
import { translate as shell } from "../shell/words";
import { translate } from "../words/field";
import { hasPasskeys, signInByPasskey } from "./passkeys";
import { homeOf, signIn, type Who, who } from "./session";

/** Only our own pages: an address from outside must not send people elsewhere after they signed in. */
function safeTarget(wanted: string | undefined, fallback: string): string {
  return wanted?.startsWith("/") && !wanted.startsWith("//") && !wanted.includes("\\") ? wanted : fallback;
}

const Entry = lazy(() => part(() => import("../demo/Entry")).then((one) => one.Entry));

export function SignIn(): VNode {
  const { query, route } = useLocation();
  // Whoever follows a link of the demo's terminal changes the account.
  const [isEntering] = useState(() => accountInHash(location.hash) !== null);
  const person = isEntering ? null : who.value;
  const target = person && (person.needs_passkey ? homeOf(person) : safeTarget(query.to, homeOf(person)));
  // Whoever comes back from the identity provider is signed in already.
  useEffect(() => {
    if (target) route(target, true);
  }, [target, route]);
  return (
    <Page title={translate("signIn")} intro={shell("signInIntro")} width="narrow">
      {riverSpeed === null ? null : <Entry />}
      <SignInForm done={() => undefined} />
    </Page>
  );
}

export function SignInForm(props: { user?: string; done: (person: Who) => void }): VNode {
  const methods = useLoad(() => request(api.GET("/api/v1/session/methods")), []);
  const [user, setUser] = useState(props.user ?? "");
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = async (signingIn: () => Promise<Who | null>): Promise<void> => {
    setBusy(true);
    setWrong(null);
    try {
      const person = await signingIn();
      if (person) props.done(person);
    } catch (error) {
      setWrong(error instanceof ApiError && !error.isUnreachable ? error.message : translate("offline"));
    }
    setBusy(false);
  };
  const submit = (event: Event): Promise<void> => {
    event.preventDefault();
    return attempt(() => signIn(user.trim(), password));
  };
  return (
    <>
      {wrong ? (
        <Banner kind="bad" icon="warning">
          {wrong}
        </Banner>
      ) : null}
      <form class="stack card" onSubmit={(event) => void submit(event)}>
        <TextField
          label={shell("user")}
          value={user}
          onValue={setUser}
          name="user"
          autocomplete="username"
          required
          maxLength={64}
        />
        <PasswordField
          label={shell("password")}
          hint={shell("forgotten")}
          value={password}
          onValue={setPassword}
          name="password"
          autocomplete="current-password"
          required
        />
        <button type="submit" class="button main big wide" disabled={busy}>
          {translate("signIn")}
        </button>
      </form>
      {hasPasskeys() ? (
        <button type="button" class="button big wide" disabled={busy} onClick={() => void attempt(signInByPasskey)}>
          <Icon name="key" />
          {shell("passkeySignIn")}
        </button>
      ) : null}
      {methods.data?.oidc ? (
        <a class="button wide" href={methods.data.oidc} data-native>
          {shell("cityAccount", { name: "SSO" })}
        </a>
      ) : null}
    </>
  );
}
