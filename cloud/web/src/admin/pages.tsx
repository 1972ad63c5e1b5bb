// The pages under /admin.

import type { VNode } from "preact";
import { Route, Router } from "preact-iso";
import { Connectors } from "../connectors/Connectors";
import { Guard } from "../session/guard";
import type { Role } from "../session/session";
import { NotFound } from "../shell/NotFound";
import { Front } from "./Front";

const ROLES: readonly Role[] = ["admin"];

export function AdminPages(): VNode {
  return (
    <Guard roles={ROLES}>
      <Router>
        <Route path="/" component={Front} />
        <Route path="/connectors" component={Connectors} />
        <Route default component={NotFound} />
      </Router>
    </Guard>
  );
}
