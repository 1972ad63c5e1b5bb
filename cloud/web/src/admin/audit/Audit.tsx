// Who did what, when: filtered, newest first, downloaded for the archive.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../../api/client";
import { SelectField, TextField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { Empty, Page } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { type Column, Table } from "../../parts/table";
import { translate as field } from "../../words/field";
import { dateAndTime } from "../../words/format";
import { translate } from "../words";
import { detailsOf, objectOf } from "./audit-lines";
import { ACTION_KEYS, actionWords, translate as audit, OBJECT_KEYS, objectWords } from "./words-audit";

type Line = Schemas["AuditEntry"];
const AT_ONCE = 100;

interface AuditFilter {
  readonly actor: string;
  readonly action: string;
  readonly kind: string;
  readonly object: string;
  readonly since: string;
  readonly until: string;
}
const NOTHING: AuditFilter = { actor: "", action: "", kind: "", object: "", since: "", until: "" };

/** The server's question; days are whole days where the reader is. */
function queryOf(filter: AuditFilter): Record<string, string> {
  const begin = (text: string): string => (text ? new Date(`${text}T00:00`).toISOString() : "");
  const end = (text: string): string => (text ? new Date(Date.parse(`${text}T00:00`) + 86_400_000).toISOString() : "");
  const filters = { ...filter, since: begin(filter.since), until: end(filter.until) };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value.trim() !== ""));
}

export function Audit(): VNode {
  const [filter, setFilter] = useState(NOTHING);
  const [limit, setLimit] = useState(AT_ONCE);
  const query = queryOf(filter);
  const key = JSON.stringify(query);
  const lines = useLoad(
    () => request(api.GET("/api/v1/admin/audit", { params: { query: { ...query, sort: "-id", limit } } })),
    [key, limit],
  );
  const sheet = new URLSearchParams({ ...query, sort: "-id", limit: "10000", format: "csv" });
  return (
    <Page
      title={translate("audit")}
      intro={translate("auditIntro")}
      width="wide"
      tools={
        <a class="button" id="export" href={`/api/v1/admin/audit?${sheet}`} download="audit.csv" data-native>
          <Icon name="chart" />
          {translate("exportCsv")}
        </a>
      }
    >
      <Filter filter={filter} onFilter={setFilter} />
      <Shown of={lines}>
        {(found) => (
          <>
            {found.length === 0 ? (
              <Empty>{translate("noMatch")}</Empty>
            ) : (
              <Lines lines={found} onActor={(actor) => setFilter({ ...filter, actor })} />
            )}
            {found.length >= limit ? (
              <button type="button" class="button" onClick={() => setLimit(Math.min(10_000, limit + AT_ONCE))}>
                {translate("older")}
              </button>
            ) : null}
          </>
        )}
      </Shown>
    </Page>
  );
}

function Filter({ filter, onFilter }: { filter: AuditFilter; onFilter: (filter: AuditFilter) => void }): VNode {
  const set = (key: keyof AuditFilter) => (value: string) => onFilter({ ...filter, [key]: value });
  return (
    <section class="grid filters" aria-label={translate("filter")}>
      <TextField
        label={translate("who")}
        hint={translate("actorHint")}
        value={filter.actor}
        onValue={set("actor")}
        maxLength={100}
      />
      <SelectField
        label={translate("what")}
        value={filter.action}
        onValue={set("action")}
        options={[["", audit("anyAction")], ...byWords(ACTION_KEYS)]}
      />
      <SelectField
        label={translate("kind")}
        value={filter.kind}
        onValue={set("kind")}
        options={[["", field("all")], ...OBJECT_KEYS.map((one) => [one, objectWords(one)] as const)]}
      />
      <TextField label={translate("id")} value={filter.object} onValue={set("object")} maxLength={100} />
      <TextField label={translate("since")} type="date" value={filter.since} onValue={set("since")} />
      <TextField label={translate("until")} type="date" value={filter.until} onValue={set("until")} />
    </section>
  );
}

const byWords = (keys: readonly string[]) =>
  keys.map((one) => [one, actionWords(one)] as const).sort(([, a], [, b]) => a.localeCompare(b));

function Lines({ lines, onActor }: { lines: readonly Line[]; onActor: (actor: string) => void }): VNode {
  const columns: Column<Line>[] = [
    {
      id: "at",
      head: translate("when"),
      cell: (one) => <span class="nowrap">{dateAndTime(one.at)}</span>,
      isName: true,
    },
    {
      id: "actor",
      head: translate("who"),
      cell: (one) => (
        <button type="button" class="button plain" onClick={() => onActor(one.actor)}>
          {one.actor}
        </button>
      ),
    },
    { id: "action", head: translate("what"), cell: (one) => actionWords(one.action) },
    {
      id: "object",
      head: translate("to"),
      cell: (one) => <span class="breaks">{objectOf(one)}</span>,
    },
    { id: "why", head: audit("details"), cell: (one) => <Details line={one} /> },
  ];
  return <Table caption={translate("audit")} rows={lines} keyOf={(one) => String(one.id)} columns={columns} />;
}

function Details({ line }: { line: Line }): VNode | null {
  const details = detailsOf(line);
  if (!line.why && !details) return null;
  return (
    <span class="breaks">
      {line.why} {details ? <span class="small soft">{details}</span> : null}
    </span>
  );
}
