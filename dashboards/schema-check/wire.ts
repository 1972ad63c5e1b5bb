// Grafana's types as they are in JSON: an enum is one of its values, a field may be left out only where the type says so.
import type { AnnotationQuery, AnnotationTarget, Dashboard, Panel } from "@grafana/schema";
import type * as bargauge from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type * as geomap from "@grafana/schema/dist/esm/raw/composable/geomap/panelcfg/x/GeomapPanelCfg_types.gen";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as statetimeline from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type * as table from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type * as text from "@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen";
import type * as timeseries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

export type Wire<T> = T extends string
  ? `${T}`
  : T extends number | boolean | null | undefined
    ? T
    : T extends readonly (infer U)[]
      ? Wire<U>[]
      : T extends object
        ? { [K in keyof T]: Wire<T[K]> }
        : T;

// What a panel leaves out, its plugin fills in with its default; what it names must be right.
type Some<T> = T extends readonly (infer U)[] ? Some<U>[] : T extends object ? { [K in keyof T]?: Some<T[K]> } : T;
type Frame = Omit<Wire<Panel>, "options" | "fieldConfig" | "type">;
type Fields<C> = { defaults: Some<Wire<NonNullable<NonNullable<Panel["fieldConfig"]>["defaults"]>>> & { custom?: C }; overrides: unknown[] };
type Of<Kind extends string, Options, Custom> = Frame & { type: Kind; options?: Some<Wire<Options>>; fieldConfig?: Fields<Some<Wire<Custom>>> };

export type AnyPanel =
  | Of<"bargauge", bargauge.Options, object>
  | Of<"geomap", geomap.Options, object>
  | Of<"stat", stat.Options, object>
  | Of<"state-timeline", statetimeline.Options, statetimeline.FieldConfig>
  | Of<"table", table.Options, table.FieldConfig>
  | Of<"text", text.Options, object>
  | Of<"timeseries", timeseries.Options, timeseries.FieldConfig>;

// Grafana's own annotations are asked for by tags, which the type of an annotation's query leaves to its data source.
type Marks = Omit<Wire<AnnotationQuery>, "target"> & { target?: Wire<AnnotationTarget> };

export type Built = Omit<Wire<Dashboard>, "annotations" | "panels"> & { annotations: { list: Marks[] }; panels: AnyPanel[] };
