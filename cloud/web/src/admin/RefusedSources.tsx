// What nodes reported without a right to it, and handing a source over to the node that reports it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { useLoad } from "../parts/load";
import { type Column, Table } from "../parts/table";
import { toast } from "../parts/toasts";
import { now } from "../shell/now";
import { ago, number } from "../words/format";
import { ReasonDialog } from "./ReasonDialog";
import { translate } from "./words";

type RefusedSource = Schemas["RefusedSource"];

export function RefusedSources(): VNode | null {
  const found = useLoad(() => request(api.GET("/api/v1/admin/sources/refused")), []);
  const [chosen, setChosen] = useState<RefusedSource | null>(null);
  if (!found.data || found.data.length === 0) return null;
  const columns: Column<RefusedSource>[] = [
    { id: "source", head: translate("source"), cell: nameOf, isName: true },
    { id: "node", head: translate("reportedBy"), cell: (one) => one.node_id, sortBy: (one) => one.node_id },
    { id: "owner", head: translate("owner"), cell: ownerOf },
    { id: "messages", head: translate("messages"), cell: (one) => number(one.messages), sortBy: (one) => one.messages },
    {
      id: "last",
      head: translate("lastOne"),
      cell: (one) => ago(one.last_at, now.value),
      sortBy: (one) => one.last_at,
    },
    {
      id: "tools",
      head: "",
      cell: (one) =>
        canHandOver(one) ? (
          <button
            type="button"
            class="button"
            aria-label={`${translate("handOver")}: ${nameOf(one)}, ${one.node_id}`}
            onClick={() => setChosen(one)}
          >
            {translate("handOver")}
          </button>
        ) : null,
    },
  ];
  return (
    <section class="stack tight" id="refused-sources">
      <h2>{translate("refusedSources")}</h2>
      <p class="small soft">{translate("refusedSourcesIntro")}</p>
      <Table
        caption={translate("refusedSources")}
        rows={found.data}
        keyOf={(one) => `${one.node_id} ${one.kind} ${one.id} ${one.reason}`}
        columns={columns}
      />
      {chosen ? <HandOver source={chosen} onClose={() => setChosen(null)} again={found.again} /> : null}
    </section>
  );
}

function HandOver(props: { source: RefusedSource; onClose: () => void; again: () => void }): VNode {
  const { source, onClose, again } = props;
  const run = async (reason: string): Promise<void> => {
    await request(
      api.POST("/api/v1/admin/sources/{kind}/{source_id}/release", {
        params: { path: { kind: source.kind === "event" ? "gauge" : source.kind, source_id: source.id } },
        body: { reason, to: source.node_id },
      }),
    );
    toast(translate("handedOver"), "good");
    again();
  };
  return (
    <ReasonDialog
      title={translate("handOverOf", { source: nameOf(source), node: source.node_id })}
      deed={translate("handOver")}
      isGrave
      run={run}
      onClose={onClose}
    >
      <p>{translate("handOverMeans", { node: source.node_id })}</p>
    </ReasonDialog>
  );
}

function nameOf(one: RefusedSource): string {
  return `${one.kind} ${one.id || translate("furtherOnes")}`;
}

function ownerOf(one: RefusedSource): string {
  if (one.owner) return one.owner;
  return translate(one.is_recorded || one.kind === "event" ? "ownedByNobody" : "notRecorded");
}

function canHandOver(one: RefusedSource): boolean {
  return one.kind !== "event" && one.id !== "" && one.is_recorded && one.owner !== one.node_id;
}
