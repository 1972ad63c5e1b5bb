// Where the city is not seen: what is silent since when, and the nodes it hangs on.

import type { VNode } from "preact";
import { city, type Node } from "../../live/city";
import { Icon } from "../../parts/icons";
import { Empty } from "../../parts/layout";
import { Table } from "../../parts/table";
import { now } from "../../shell/now";
import { translate as field } from "../../words/field";
import { ago, number } from "../../words/format";
import { cutOff } from "../queue/queue";
import { replay } from "../replay/replay";
import { translate as past } from "../replay/words";
import { translate } from "../words";
import { type CoverageGap, countGauges, gapsOf, hangsOn } from "./coverage";

const MOST = 200;

export function Coverage({ choose }: { choose: (kind: "gauge" | "camera", id: string) => void }): VNode {
  const gauges = countGauges(city.gauge.value.values());
  const gaps = gapsOf(city.gauge.value.values(), city.camera.value.values());
  return (
    <div class="stack" id="coverage">
      <dl class="counts">
        <Count of={gauges.calm} words={translate("calmGauges")} kind="edge-4" />
        <Count of={gauges.high} words={translate("highGauges")} kind="edge-2" />
        <Count of={gauges.dead} words={translate("deadGauges")} kind="edge-0" />
      </dl>
      <p class="small soft">{translate("dryOrDead")}</p>
      <h3>
        {translate("gaps")} {number(gaps.length)}
      </h3>
      {gaps.length === 0 ? <Empty>{translate("noneBlind")}</Empty> : null}
      <ul class="list">
        {gaps.slice(0, MOST).map((one) => (
          <li key={one.kind + one.id}>
            <button type="button" class="card edge edge-0 room-row" onClick={() => choose(one.kind, one.id)}>
              <span class="row nofold">
                <Icon name={one.kind} />
                <span class="grow">
                  <span class="strong">{one.name}</span>
                  <br />
                  <span class="small warn">{whyHole(one)}</span>
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <h3>{translate("nodes")}</h3>
      {replay.value ? <Empty>{past("neverStored")}</Empty> : <Nodes />}
    </div>
  );
}

function Count({ of, words, kind }: { of: number; words: string; kind: string }): VNode {
  return (
    <div class={`card edge ${kind}`}>
      <dt class="small">{words}</dt>
      <dd class="large figures">{number(of)}</dd>
    </div>
  );
}

/** Since when nothing is known of it, and whether somebody wanted it so. */
export function whyHole(hole: CoverageGap): string {
  const t = hole.since ? ago(hole.since, now.value) : "";
  if (hole.isMasked) return translate("maskedSince", { t });
  return hole.since ? field("unknownSince", { t }) : translate("neverSpoke");
}

function Nodes(): VNode {
  const nodes = [...city.node.value.values()];
  const cut = new Set(cutOff(nodes).map((one) => one.id));
  const shown = nodes.sort((a, b) => Number(cut.has(b.id)) - Number(cut.has(a.id)) || a.id.localeCompare(b.id));
  return (
    <Table
      caption={translate("node")}
      rows={shown.slice(0, MOST)}
      keyOf={(one) => one.id}
      columns={[
        {
          id: "id",
          head: translate("node"),
          cell: (one) => <NodeName node={one} />,
          sortBy: (one) => one.name ?? one.id,
        },
        {
          id: "heard",
          head: translate("lastContact"),
          cell: (one) => (
            <span class={cut.has(one.id) ? "warn" : ""}>
              {one.last_seen_at ? ago(one.last_seen_at, now.value) : field("noData")}
            </span>
          ),
          sortBy: (one) => one.last_seen_at ?? "",
        },
        {
          id: "missing",
          head: translate("missing"),
          isNumber: true,
          cell: (one) => number(one.missing),
          sortBy: (one) => one.missing,
        },
      ]}
    />
  );
}

function NodeName({ node }: { node: Node }): VNode {
  const { cameras, gauges } = hangsOn(node);
  return (
    <>
      {node.name ?? node.id}
      <br />
      <span class="small soft">
        {node.health
          ? translate("hangsOn", { c: number(cameras.length), g: number(gauges.length) })
          : translate("noHealth")}
      </span>
    </>
  );
}
