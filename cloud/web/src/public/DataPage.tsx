// Open data: where programs find what the pages show.

import type { VNode } from "preact";
import { Page } from "../parts/layout";
import { Table } from "../parts/table";
import { either } from "../words/language";
import { translate } from "./words";

const SOURCES: readonly (readonly [path: string, id: string, en: string])[] = [
  ["/api/v1/openapi.json", "Seluruh API, dijelaskan (OpenAPI 3.1)", "The whole API, described (OpenAPI 3.1)"],
  ["/api/v1/gauges", "Tinggi air sekarang (JSON)", "Water levels now (JSON)"],
  ["/api/v1/incidents", "Kejadian (JSON)", "Incidents (JSON)"],
  ["/api/v1/tasks", "Tugas dan tenggatnya (JSON)", "Tasks and their deadlines (JSON)"],
  ["/api/v1/flood-states.geojson", "Keadaan banjir per wilayah (GeoJSON)", "Flood states by area (GeoJSON)"],
  ["/api/v1/areas", "Wilayah (GeoJSON)", "Areas (GeoJSON)"],
  ["/api/v1/rivers", "Sungai dan kanal (GeoJSON)", "Rivers and canals (GeoJSON)"],
  ["/api/v1/layers", "Lapisan lain (JSON)", "Other layers (JSON)"],
  ["/api/v1/figures/areas?format=csv", "Angka per wilayah (CSV)", "Figures by area (CSV)"],
  ["/api/v1/live", "Perubahan langsung (server-sent events)", "Changes as they happen (server-sent events)"],
  ["/cap/v1/feed.xml", "Peringatan (CAP 1.2, Atom)", "Alerts (CAP 1.2, Atom)"],
  ["/open311/v2/discovery.json", "Laporan warga (Open311 GeoReport v2)", "Citizens' reports (Open311 GeoReport v2)"],
];

export function DataPage(): VNode {
  return (
    <Page title={translate("data")} intro={translate("dataIntro")}>
      <Table
        caption={translate("data")}
        rows={SOURCES}
        keyOf={([path]) => path}
        columns={[
          { id: "what", head: translate("what"), cell: ([, id, en]) => either(id, en), isName: true },
          { id: "address", head: translate("address"), cell: ([path]) => <a href={path}>{path}</a> },
        ]}
      />
    </Page>
  );
}
