// The pages under /control.

import type { VNode } from "preact";
import { Route, Router } from "preact-iso";
import { Connectors } from "../connectors/Connectors";
import { Guard } from "../session/guard";
import type { Role } from "../session/session";
import { NotFound } from "../shell/NotFound";
import { Wall } from "./Wall";

const ROLES: readonly Role[] = ["operator", "leader", "admin"];

export function ControlPages(): VNode {
  return (
    <Guard roles={ROLES}>
      <Router>
        <Route path="/" component={Wall} />
        <Route path="/connectors" component={Connectors} />
        <Route default component={NotFound} />
      </Router>
    </Guard>
  );
}
