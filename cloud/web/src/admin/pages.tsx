// The pages under /admin.

import "../style/admin.css";
import type { VNode } from "preact";
import { Route, Router } from "preact-iso";
import { Connectors } from "../connectors/Connectors";
import { Guard } from "../session/guard";
import type { Role } from "../session/session";
import { NotFound } from "../shell/NotFound";
import { Audit } from "./audit/Audit";
import { DeadLetters } from "./DeadLetters";
import { DrawPage } from "./drawing/DrawPage";
import { Frame } from "./Frame";
import { Front } from "./Front";
import { Nodes } from "./Nodes";
import { Agencies } from "./people/Agencies";
import { Users } from "./people/Users";
import { Deadlines } from "./policy/Deadlines";
import { Policy } from "./policy/Policy";
import { Start } from "./Start";
import { EditSite, NewSite } from "./sites/SitePages";
import { Sites } from "./sites/Sites";
import { Webhooks } from "./webhooks/Webhooks";

const ROLES: readonly Role[] = ["admin"];

export function AdminPages(): VNode {
  return (
    <Guard roles={ROLES}>
      <Frame>
        <Router>
          <Route path="/" component={Front} />
          <Route path="/start" component={Start} />
          <Route path="/sites" component={Sites} />
          <Route path="/sites/:camera" component={DrawPage} />
          <Route path="/new/:kind" component={NewSite} />
          <Route path="/edit/:kind/:id" component={EditSite} />
          <Route path="/nodes" component={Nodes} />
          <Route path="/users" component={Users} />
          <Route path="/agencies" component={Agencies} />
          <Route path="/policy" component={Policy} />
          <Route path="/deadlines" component={Deadlines} />
          <Route path="/connectors" component={Connectors} />
          <Route path="/webhooks" component={Webhooks} />
          <Route path="/dead-letters" component={DeadLetters} />
          <Route path="/audit" component={Audit} />
          <Route default component={NotFound} />
        </Router>
      </Frame>
    </Guard>
  );
}
