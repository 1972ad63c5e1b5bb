// The public pages beside the front page.

import type { VNode } from "preact";
import { Route, Router } from "preact-iso";
import { NotFound } from "../shell/NotFound";
import { MapPage } from "./MapPage";

export function PublicPages(): VNode {
  return (
    <Router>
      <Route path="/map" component={MapPage} />
      <Route default component={NotFound} />
    </Router>
  );
}
