// The accounts of a demo on the page where people sign in: one click each. The address can name one (#enter=USER).

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useAction } from "../parts/form";
import { Shown, useLoad } from "../parts/load";
import { homeOf } from "../session/session";
import { roleWords } from "../words/field";
import { accountInHash, enterAs, fetchDemo } from "./demo";
import { purposeOf, translate } from "./words";

export function Entry(): VNode {
  const { route } = useLocation();
  const demo = useLoad(fetchDemo, []);
  const [wanted] = useState(() => accountInHash(location.hash));
  const [busy, enter] = useAction(async (user: string) => {
    const person = await enterAs(user);
    route(homeOf(person), true);
  });
  useEffect(() => {
    if (wanted) enter(wanted);
  }, [wanted]);
  return (
    <section class="card stack demo-entry" aria-label={translate("enterTitle")}>
      <h2>{translate("enterTitle")}</h2>
      <p class="soft">{busy ? translate("entering") : translate("enterIntro")}</p>
      <Shown of={demo}>
        {(found) => (
          <ul class="list">
            {found.accounts.map((one) => (
              <li key={one.user} class="row apart">
                <span class="stack tight grow">
                  <strong>{one.name}</strong>
                  <span class="soft">
                    {roleWords(one.role)}: {purposeOf(one.role)}
                  </span>
                </span>
                <button
                  type="button"
                  class="button"
                  disabled={busy}
                  aria-label={`${translate("enterAs")}: ${one.name}`}
                  onClick={() => enter(one.user)}
                >
                  {translate("enterAs")}
                </button>
              </li>
            ))}
            {found.console_url ? (
              <li>
                <a href={found.console_url} target="_blank" rel="noreferrer">
                  {translate("console")}
                </a>
              </li>
            ) : null}
          </ul>
        )}
      </Shown>
    </section>
  );
}
