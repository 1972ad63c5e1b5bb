// Nodes: how they are let in, what they came in with, and whether they run what they shall.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { Confirm } from "../parts/confirm";
import { TextField, useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner, Empty, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { type Column, Table } from "../parts/table";
import { toast } from "../parts/toasts";
import { now } from "../shell/now";
import { translate as field } from "../words/field";
import { ago, dateAndTime, day, number } from "../words/format";
import { BlockPart } from "./BlockPart";
import { EnrolDialog } from "./EnrolDialog";
import { RefusedSources } from "./RefusedSources";
import { configStateWords, nodeStateWords, translate } from "./words";

type FleetNode = Schemas["FleetNode"];

export function Nodes(): VNode {
  const [text, setText] = useState("");
  const [enrolling, setEnrolling] = useState<string | null>(null);
  const fleet = useLoad(
    () => request(api.GET("/api/v1/admin/nodes", { params: { query: text ? { q: text.trim().toLowerCase() } : {} } })),
    [text],
  );
  const gives = fleet.data?.gives ?? null;
  const close = (): void => {
    setEnrolling(null);
    fleet.again();
  };
  return (
    <Page
      title={translate("nodes")}
      intro={translate("nodesIntro")}
      width="wide"
      tools={
        <>
          <button type="button" class="button main" id="enrol" disabled={!gives} onClick={() => setEnrolling("")}>
            <Icon name="report" />
            {translate("newNode")}
          </button>
          <a class="button" id="new-site" href="/admin/new/node">
            {translate("recordNode")}
          </a>
        </>
      }
    >
      {fleet.data && !gives ? <Banner kind="warn">{translate("noEnrolment")}</Banner> : null}
      <p class="small soft">
        {translate("recordOrEnrol")} {gives ? translate("gives", { what: translate(gives) }) : ""}
      </p>
      <TextField label={field("search")} type="search" value={text} onValue={setText} maxLength={64} />
      <Shown of={fleet}>
        {(found) => (
          <NodeTable
            nodes={found.nodes}
            isAll={text.trim() === ""}
            canEnrol={gives !== null}
            enrol={setEnrolling}
            again={fleet.again}
          />
        )}
      </Shown>
      <RefusedSources />
      {enrolling !== null ? <EnrolDialog node={enrolling} onClose={close} /> : null}
    </Page>
  );
}

function NodeTable(props: {
  nodes: readonly FleetNode[];
  isAll: boolean;
  canEnrol: boolean;
  enrol: (id: string) => void;
  again: () => void;
}): VNode {
  if (props.nodes.length === 0) return <Empty>{translate(props.isAll ? "noNodes" : "noMatch")}</Empty>;
  const columns: Column<FleetNode>[] = [
    { id: "box", head: translate("node"), cell: (one) => <Name node={one} />, sortBy: (one) => one.id, isName: true },
    {
      id: "heard",
      head: translate("connection"),
      cell: (one) => <LastMessage node={one} />,
      sortBy: (one) => one.last_seen_at,
    },
    { id: "enrolment", head: translate("enrolment"), cell: (one) => <Enrolment node={one} /> },
    {
      id: "config",
      head: translate("config"),
      cell: (one) => <Config node={one} />,
      sortBy: (one) => (one.differs ? 1 : 0),
    },
    {
      id: "tools",
      head: "",
      cell: (one) => <Tools node={one} canEnrol={props.canEnrol} enrol={props.enrol} again={props.again} />,
    },
  ];
  return <Table caption={translate("nodes")} rows={props.nodes} keyOf={(one) => one.id} columns={columns} />;
}

function Name({ node }: { node: FleetNode }): VNode {
  return (
    <>
      <span class="strong">{node.name ?? node.id}</span>
      <br />
      <span class="small soft">
        {node.name ? `${node.id} · ` : ""}
        {translate("parts", { cameras: number(node.cameras), gauges: number(node.gauges) })}
        {node.software ? ` · ${node.software}` : ""}
      </span>
      {node.retired_at ? <span class="tag">{translate("outOfUse")}</span> : null}
      {node.blocked_at ? (
        <>
          <br />
          <span class="bad">
            {translate("blocked", { t: dateAndTime(node.blocked_at), reason: node.blocked_because ?? "" })}
          </span>
        </>
      ) : null}
    </>
  );
}

function LastMessage({ node }: { node: FleetNode }): VNode {
  return (
    <>
      <span class={node.state === "offline" ? "bad" : node.state === "online" ? "good" : "soft"}>
        {nodeStateWords(node.state)}
      </span>
      <br />
      <span class="small soft">{node.last_seen_at ? ago(node.last_seen_at, now.value) : translate("never")}</span>
    </>
  );
}

function Enrolment({ node }: { node: FleetNode }): VNode {
  const { token, credential } = node;
  return (
    <span class="stack tight">
      {credential ? (
        <span>
          {credential.kind === "certificate" && credential.until
            ? translate("certificateUntil", { t: day(credential.until) })
            : translate("passwordNoEnd")}
          <br />
          <span class="small soft">{translate("enrolledAt", { t: ago(credential.given_at, now.value) })}</span>
        </span>
      ) : token ? null : (
        <span class="soft">{translate("notEnrolled")}</span>
      )}
      {token?.state === "waiting" ? (
        <span class="warn">{translate("tokenWaits", { t: dateAndTime(token.expires_at) })}</span>
      ) : null}
      {token?.state === "expired" ? (
        <span class="bad">{translate("tokenExpired", { t: ago(token.expires_at, now.value) })}</span>
      ) : null}
    </span>
  );
}

function Config({ node }: { node: FleetNode }): VNode {
  if (node.differs === null) return <span class="soft">{translate("nothingOrdered")}</span>;
  const versions = { wanted: node.wanted_version ?? "–", runs: node.running_version ?? translate("notAny") };
  const isAnswered = node.answered_version !== null && node.config_state;
  return (
    <>
      <span class={node.differs ? "warn" : "good"}>{node.differs ? translate("differs") : translate("same")}</span>{" "}
      <span class="small soft">{translate("wantedRuns", versions)}</span>
      {node.differs && isAnswered ? (
        <>
          <br />
          <span class="small">
            {configStateWords(node.config_state)}
            {node.config_reason ? `: ${node.config_reason}` : ""}
          </span>
        </>
      ) : null}
    </>
  );
}

function Tools(props: { node: FleetNode; canEnrol: boolean; enrol: (id: string) => void; again: () => void }): VNode {
  const { node, canEnrol, enrol, again } = props;
  const [isConfirming, setConfirming] = useState(false);
  const [busy, withdraw] = useAction(async () => {
    await request(api.DELETE("/api/v1/admin/nodes/{node_id}/enrolment", { params: { path: { node_id: node.id } } }));
    toast(translate("withdrawn"), "good");
    again();
  });
  return (
    <span class="row">
      <button
        type="button"
        class="button"
        disabled={!canEnrol || node.blocked_at !== null}
        onClick={() => enrol(node.id)}
      >
        {translate("newToken")}
      </button>
      <a
        class="button"
        href={`/admin/edit/node/${node.id}`}
        aria-label={`${translate("edit")}: ${node.name ?? node.id}`}
      >
        {translate("edit")}
      </a>
      {node.token?.state === "waiting" ? (
        <button type="button" class="button danger" disabled={busy} onClick={() => setConfirming(true)}>
          {translate("withdraw")}
        </button>
      ) : null}
      <BlockPart node={node.id} isBlocked={node.blocked_at !== null} again={again} />
      {isConfirming ? (
        <Confirm
          title={translate("withdrawOf", { node: node.id })}
          deed={translate("withdraw")}
          onNo={() => setConfirming(false)}
          onYes={() => {
            setConfirming(false);
            withdraw();
          }}
        >
          <p>{translate("withdrawMeans")}</p>
        </Confirm>
      ) : null}
    </span>
  );
}
