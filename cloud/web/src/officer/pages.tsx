// The pages under /officer.

import type { VNode } from "preact";
import { Route, Router } from "preact-iso";
import { Guard } from "../session/guard";
import type { Role } from "../session/session";
import { NotFound } from "../shell/NotFound";
import { DutyHeartbeat } from "./duty";
import { Front } from "./Front";
import { Me } from "./Me";
import { Messages } from "./Messages";
import { TaskPage } from "./TaskPage";

const ROLES: readonly Role[] = ["officer"];

export function OfficerPages(): VNode {
  return (
    <Guard roles={ROLES}>
      <DutyHeartbeat />
      <Router>
        <Route path="/" component={Front} />
        <Route path="/tasks/:id" component={TaskPage} />
        <Route path="/messages" component={Messages} />
        <Route path="/me" component={Me} />
        <Route default component={NotFound} />
      </Router>
    </Guard>
  );
}
