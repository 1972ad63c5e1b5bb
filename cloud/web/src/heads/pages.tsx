// The pages under /heads.

import "./heads.css";
import type { VNode } from "preact";
import { lazy, Route, Router } from "preact-iso";
import { Guard } from "../session/guard";
import type { Role } from "../session/session";
import { NotFound } from "../shell/NotFound";
import { part } from "../shell/part";
import { WithField } from "./field";
import { Queue } from "./Queue";
import { TaskPage } from "./TaskPage";
import { Today } from "./Today";

const Officers = lazy(() => part(() => import("./Officers")).then((one) => one.Officers));
const FiguresPage = lazy(() => part(() => import("./FiguresPage")).then((one) => one.FiguresPage));
const MonthPage = lazy(() => part(() => import("./MonthPage")).then((one) => one.MonthPage));

const ROLES: readonly Role[] = ["area_head", "agency_head", "operator", "leader", "admin"];

export function HeadsPages(): VNode {
  return (
    <Guard roles={ROLES}>
      <WithField>
        <Router>
          <Route path="/" component={Today} />
          <Route path="/tasks" component={Queue} />
          <Route path="/tasks/:id" component={TaskPage} />
          <Route path="/officers" component={Officers} />
          <Route path="/figures" component={FiguresPage} />
          <Route path="/month" component={MonthPage} />
          <Route default component={NotFound} />
        </Router>
      </WithField>
    </Guard>
  );
}
