// For addresses that lead nowhere.

import type { VNode } from "preact";
import { Page } from "../parts/layout";
import { say } from "../words/field";

export function NotFound(): VNode {
  return (
    <Page title={say("notFound")}>
      <p>
        <a class="button" href="/">
          {say("home")}
        </a>
      </p>
    </Page>
  );
}
