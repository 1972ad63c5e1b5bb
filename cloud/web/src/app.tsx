// Which page stands at which address. Each page, and each area, is fetched when it is first opened, but for the front
// page: whoever opens that on a slow line would wait once more.

import type { VNode } from "preact";
import { ErrorBoundary, LocationProvider, lazy, Route, Router } from "preact-iso";
import { riverSpeed } from "./demo/speed";
import { Incidents } from "./public/incidents";
import { Water } from "./public/Water";
import { NotFound } from "./shell/NotFound";
import { part } from "./shell/part";
import { Shell } from "./shell/Shell";

const MapPage = lazy(() => part(() => import("./public/MapPage")).then((one) => one.MapPage));
const Report = lazy(() => part(() => import("./public/Report")).then((one) => one.Report));
const GaugePage = lazy(() => part(() => import("./public/GaugePage")).then((one) => one.GaugePage));
const IncidentPage = lazy(() => part(() => import("./public/IncidentPage")).then((one) => one.IncidentPage));
const AreaPage = lazy(() => part(() => import("./public/AreaPage")).then((one) => one.AreaPage));
const FollowPage = lazy(() => part(() => import("./public/FollowPage")).then((one) => one.FollowPage));
const Figures = lazy(() => part(() => import("./public/Figures")).then((one) => one.Figures));
const AlertsPage = lazy(() => part(() => import("./public/AlertsPage")).then((one) => one.AlertsPage));
const AssetsPage = lazy(() => part(() => import("./public/assets/AssetsPage")).then((one) => one.AssetsPage));
const DataPage = lazy(() => part(() => import("./public/DataPage")).then((one) => one.DataPage));
const StylePage = lazy(() => part(() => import("./style-page/StylePage")).then((one) => one.StylePage));
const SignIn = lazy(() => part(() => import("./session/SignIn")).then((one) => one.SignIn));
const DemoPage = lazy(() => part(() => import("./demo/DemoPage")).then((one) => one.DemoPage));
const Account = lazy(() => part(() => import("./session/Account")).then((one) => one.Account));
const OfficerPages = lazy(() => part(() => import("./officer/pages")).then((one) => one.OfficerPages));
const ControlPages = lazy(() => part(() => import("./control/pages")).then((one) => one.ControlPages));
const HeadsPages = lazy(() => part(() => import("./heads/pages")).then((one) => one.HeadsPages));
const AdminPages = lazy(() => part(() => import("./admin/pages")).then((one) => one.AdminPages));

export function App(): VNode {
  return (
    <LocationProvider scope={/^(?!\/(api|cap|open311|static|assets)\/)/}>
      <Shell>
        <ErrorBoundary>
          <Router>
            <Route path="/" component={Water} />
            <Route path="/sign-in" component={SignIn} />
            <Route path="/account" component={Account} />
            <Route path="/demo" component={riverSpeed === null ? NotFound : DemoPage} />
            <Route path="/officer" component={OfficerPages} />
            <Route path="/officer/*" component={OfficerPages} />
            <Route path="/control" component={ControlPages} />
            <Route path="/control/*" component={ControlPages} />
            <Route path="/heads" component={HeadsPages} />
            <Route path="/heads/*" component={HeadsPages} />
            <Route path="/admin" component={AdminPages} />
            <Route path="/admin/*" component={AdminPages} />
            <Route path="/map" component={MapPage} />
            <Route path="/report" component={Report} />
            <Route path="/gauges/:id" component={GaugePage} />
            <Route path="/incidents" component={Incidents} />
            <Route path="/incidents/:id" component={IncidentPage} />
            <Route path="/areas/:id" component={AreaPage} />
            <Route path="/r/:secret" component={FollowPage} />
            <Route path="/figures" component={Figures} />
            <Route path="/alerts" component={AlertsPage} />
            <Route path="/pumps" component={AssetsPage} />
            <Route path="/data" component={DataPage} />
            <Route path="/style" component={StylePage} />
            <Route default component={NotFound} />
          </Router>
        </ErrorBoundary>
      </Shell>
    </LocationProvider>
  );
}
