// Gauges as they are stored, and what is out of use.

import type { VNode } from "preact";
import { api, request, type Schemas } from "../../api/client";
import { Empty } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { type Column, Table } from "../../parts/table";
import { dateAndTime, number } from "../../words/format";
import { translate as admin } from "../words";
import { RolloutWords } from "./RolloutPart";
import { translate } from "./words";

type Gauge = Schemas["GaugeEntry"];

export function Gauges({ text }: { text: string }): VNode {
  const q = text.trim().toLowerCase();
  const gauges = useLoad(() => request(api.GET("/api/v1/admin/sites/gauges", { params: { query: { q } } })), [q]);
  return (
    <Shown of={gauges}>{(all) => <GaugeTable gauges={all.filter((one) => !one.retired_at)} isAll={q === ""} />}</Shown>
  );
}

function GaugeTable({ gauges, isAll }: { gauges: readonly Gauge[]; isAll: boolean }): VNode {
  if (gauges.length === 0) return <Empty>{isAll ? translate("noGauges") : admin("noMatch")}</Empty>;
  const columns: Column<Gauge>[] = [
    {
      id: "name",
      head: translate("gauge"),
      cell: (one) => <Name site={one} />,
      sortBy: (one) => one.name || one.id,
      isName: true,
    },
    { id: "limits", head: "Siaga 3 / 2 / 1 (cm)", cell: limitsOf, sortBy: (one) => one.s3_cm },
    {
      id: "box",
      head: translate("node"),
      cell: (one) => one.node_id ?? translate("noNode"),
      sortBy: (one) => one.node_id,
    },
    {
      id: "way",
      head: translate("rolloutState"),
      cell: (one) => (one.node_id && one.rollout.state !== "none" ? <RolloutWords rollout={one.rollout} /> : "–"),
    },
    { id: "edit", head: "", cell: (one) => <EditLink kind="gauge" site={one} /> },
  ];
  return <Table caption={translate("gauges")} rows={gauges} keyOf={(one) => one.id} columns={columns} />;
}

const limitsOf = (one: Gauge): string =>
  [one.s3_cm, one.s2_cm, one.s1_cm].map((cm) => (cm === null ? "–" : number(cm))).join(" / ");

interface Site {
  readonly id: string;
  readonly name: string;
  readonly area_name?: string | null;
}

function Name({ site }: { site: Site }): VNode {
  return (
    <>
      <span class="strong">{site.name || site.id}</span>
      <br />
      <span class="small soft">
        {site.id}
        {site.area_name ? ` · ${site.area_name}` : ""}
      </span>
    </>
  );
}

function EditLink({ kind, site }: { kind: "camera" | "gauge"; site: Site }): VNode {
  return (
    <a
      class="button"
      href={`/admin/edit/${kind}/${site.id}`}
      aria-label={translate("editOf", { name: site.name || site.id })}
    >
      {translate("edit")}
    </a>
  );
}

const MOST = 1000;

export function Retired({ text }: { text: string }): VNode {
  const query = { q: text.trim().toLowerCase(), limit: MOST };
  const found = useLoad(async () => {
    const [cameras, gauges] = await Promise.all([
      request(api.GET("/api/v1/admin/sites/cameras", { params: { query } })),
      request(api.GET("/api/v1/admin/sites/gauges", { params: { query } })),
    ]);
    const stored = [
      ...cameras.map((one) => ({ kind: "camera" as const, ...one })),
      ...gauges.map((one) => ({ kind: "gauge" as const, ...one })),
    ];
    return stored.filter((one) => one.retired_at !== null);
  }, [query.q]);
  return (
    <Shown of={found}>
      {(sites) =>
        sites.length === 0 ? (
          <Empty>{translate("noneRetired")}</Empty>
        ) : (
          <ul class="list">
            {sites.map((one) => (
              <li key={`${one.kind} ${one.id}`} class="card row apart">
                <span>
                  {translate(one.kind)} · <Name site={one} />
                  <br />
                  <span class="small soft">{translate("retiredSince", { t: dateAndTime(one.retired_at ?? "") })}</span>
                </span>
                <EditLink kind={one.kind} site={one} />
              </li>
            ))}
          </ul>
        )
      }
    </Shown>
  );
}
