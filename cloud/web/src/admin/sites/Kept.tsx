// Gauges as they are kept, and what is out of use.

import type { VNode } from "preact";
import { api, ask, type Schemas } from "../../api/client";
import { Empty } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { type Column, Table } from "../../parts/table";
import { dateAndClock, number } from "../../words/say";
import { say as admin } from "../words";
import { WayWords } from "./WayPart";
import { say } from "./words";

type Gauge = Schemas["GaugeEntry"];

export function Gauges({ text }: { text: string }): VNode {
  const q = text.trim().toLowerCase();
  const gauges = useLoad(() => ask(api.GET("/api/v1/admin/sites/gauges", { params: { query: { q } } })), [q]);
  return (
    <Shown of={gauges}>{(all) => <GaugeTable gauges={all.filter((one) => !one.retired_at)} isAll={q === ""} />}</Shown>
  );
}

function GaugeTable({ gauges, isAll }: { gauges: readonly Gauge[]; isAll: boolean }): VNode {
  if (gauges.length === 0) return <Empty>{isAll ? say("noGauges") : admin("noMatch")}</Empty>;
  const columns: Column<Gauge>[] = [
    {
      id: "name",
      head: say("gauge"),
      cell: (one) => <Name site={one} />,
      sortBy: (one) => one.name || one.id,
      isName: true,
    },
    { id: "limits", head: "Siaga 3 / 2 / 1 (cm)", cell: limitsOf, sortBy: (one) => one.s3_cm },
    { id: "box", head: say("box"), cell: (one) => one.node_id ?? say("noBox"), sortBy: (one) => one.node_id },
    {
      id: "way",
      head: say("way"),
      cell: (one) => (one.node_id && one.rollout.state !== "none" ? <WayWords way={one.rollout} /> : "–"),
    },
    { id: "edit", head: "", cell: (one) => <EditLink kind="gauge" site={one} /> },
  ];
  return <Table caption={say("gauges")} rows={gauges} keyOf={(one) => one.id} columns={columns} />;
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
      aria-label={say("editOf", { name: site.name || site.id })}
    >
      {say("edit")}
    </a>
  );
}

const MOST = 1000;

export function Retired({ text }: { text: string }): VNode {
  const query = { q: text.trim().toLowerCase(), limit: MOST };
  const found = useLoad(async () => {
    const [cameras, gauges] = await Promise.all([
      ask(api.GET("/api/v1/admin/sites/cameras", { params: { query } })),
      ask(api.GET("/api/v1/admin/sites/gauges", { params: { query } })),
    ]);
    const kept = [
      ...cameras.map((one) => ({ kind: "camera" as const, ...one })),
      ...gauges.map((one) => ({ kind: "gauge" as const, ...one })),
    ];
    return kept.filter((one) => one.retired_at !== null);
  }, [query.q]);
  return (
    <Shown of={found}>
      {(sites) =>
        sites.length === 0 ? (
          <Empty>{say("noneRetired")}</Empty>
        ) : (
          <ul class="list">
            {sites.map((one) => (
              <li key={`${one.kind} ${one.id}`} class="card row apart">
                <span>
                  {say(one.kind)} · <Name site={one} />
                  <br />
                  <span class="small soft">{say("retiredSince", { t: dateAndClock(one.retired_at ?? "") })}</span>
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
