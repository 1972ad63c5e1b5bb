// The page of a demo: how its story runs, where its clock is set, and the accounts to enter.

import type { VNode } from "preact";
import { Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { storyWords } from "./Band";
import { fetchDemo, storyRate } from "./demo";
import { Entry } from "./Entry";
import { translate } from "./words";

export function DemoPage(): VNode {
  const demo = useLoad(fetchDemo, []);
  return (
    <Page title={translate("demoTitle")} width="narrow">
      <section class="card stack" aria-label={translate("controlsTitle")}>
        <h2>{translate("controlsTitle")}</h2>
        <p>{storyWords(storyRate.value) || translate("runs")}</p>
        <p class="soft">{translate("controlsIntro")}</p>
        <Shown of={demo}>
          {(found) =>
            found.console_url ? (
              <a class="button main" href={found.console_url} target="_blank" rel="noreferrer">
                {translate("controlsOpen")}
              </a>
            ) : null
          }
        </Shown>
      </section>
      <Entry />
    </Page>
  );
}
