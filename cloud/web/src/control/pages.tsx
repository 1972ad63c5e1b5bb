// The pages under /control.

import "../style/control-room.css";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { Route, Router } from "preact-iso";
import { Connectors } from "../connectors/Connectors";
import { Inbox } from "../inbox/Inbox";
import { Samples } from "../samples/Samples";
import { Guard } from "../session/guard";
import type { Role } from "../session/session";
import { NotFound } from "../shell/NotFound";
import { prefersDark } from "../shell/theme";
import { ControlRoom } from "./ControlRoom";

const ROLES: readonly Role[] = ["operator", "leader", "admin"];
const READERS: readonly Role[] = ["operator", "admin"];

export function ControlPages(): VNode {
  useEffect(() => {
    prefersDark.value = true;
    return () => {
      prefersDark.value = false;
    };
  }, []);
  return (
    <Guard roles={ROLES}>
      <Router>
        <Route path="/" component={ControlRoom} />
        <Route path="/connectors" component={Connectors} />
        <Route path="/inbox" component={InboxOfOperators} />
        <Route path="/samples" component={SamplesOfOperators} />
        <Route default component={NotFound} />
      </Router>
    </Guard>
  );
}

/** What people wrote is not for leaders to read. */
function InboxOfOperators(): VNode {
  return (
    <Guard roles={READERS}>
      <Inbox />
    </Guard>
  );
}

/** Only operators judge what cameras saw. */
function SamplesOfOperators(): VNode {
  return (
    <Guard roles={READERS}>
      <Samples />
    </Guard>
  );
}
