// Which page stands at which address. Each area is fetched when it is first opened.

import type { VNode } from "preact";
import { ErrorBoundary, LocationProvider, lazy, Route, Router } from "preact-iso";
import { SignIn } from "./session/SignIn";
import { Shell } from "./shell/Shell";

const Water = lazy(() => import("./public/Water").then((one) => one.Water));
const PublicPages = lazy(() => import("./public/pages").then((one) => one.PublicPages));
const OfficerPages = lazy(() => import("./officer/pages").then((one) => one.OfficerPages));
const ControlPages = lazy(() => import("./control/pages").then((one) => one.ControlPages));
const HeadsPages = lazy(() => import("./heads/pages").then((one) => one.HeadsPages));
const AdminPages = lazy(() => import("./admin/pages").then((one) => one.AdminPages));

export function App(): VNode {
  return (
    <LocationProvider scope={/^(?!\/(api|cap|open311|static|assets)\/)/}>
      <Shell>
        <ErrorBoundary>
          <Router>
            <Route path="/" component={Water} />
            <Route path="/sign-in" component={SignIn} />
            <Route path="/officer/*" component={OfficerPages} />
            <Route path="/control/*" component={ControlPages} />
            <Route path="/heads/*" component={HeadsPages} />
            <Route path="/admin/*" component={AdminPages} />
            <Route default component={PublicPages} />
          </Router>
        </ErrorBoundary>
      </Shell>
    </LocationProvider>
  );
}
