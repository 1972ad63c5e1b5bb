// For addresses that lead nowhere.

import type { VNode } from "preact";
import { Page } from "../parts/layout";
import { translate } from "../words/field";

export function NotFound(): VNode {
  return (
    <Page title={translate("notFound")}>
      <p>
        <a class="button" href="/">
          {translate("home")}
        </a>
      </p>
    </Page>
  );
}
