// Who did what, when: filtered, newest first, downloaded for the archive.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, ask, type Schemas } from "../../api/client";
import { SelectField, TextField } from "../../parts/form";
import { Icon } from "../../parts/icons";
import { Empty, Page } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { type Column, Table } from "../../parts/table";
import { say as field } from "../../words/field";
import { dateAndClock } from "../../words/say";
import { say } from "../words";
import { detailsOf, objectOf } from "./audit-lines";
import { ACTION_KEYS, actionWords, say as audit, OBJECT_KEYS, objectWords } from "./words-audit";

type Line = Schemas["AuditEntry"];
const AT_ONCE = 100;

interface Wish {
  readonly actor: string;
  readonly action: string;
  readonly kind: string;
  readonly object: string;
  readonly since: string;
  readonly until: string;
}
const NOTHING: Wish = { actor: "", action: "", kind: "", object: "", since: "", until: "" };

/** The server's question; days are whole days where the reader is. */
function queryOf(wish: Wish): Record<string, string> {
  const begin = (text: string): string => (text ? new Date(`${text}T00:00`).toISOString() : "");
  const end = (text: string): string => (text ? new Date(Date.parse(`${text}T00:00`) + 86_400_000).toISOString() : "");
  const asked = { ...wish, since: begin(wish.since), until: end(wish.until) };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value.trim() !== ""));
}

export function Audit(): VNode {
  const [wish, setWish] = useState(NOTHING);
  const [limit, setLimit] = useState(AT_ONCE);
  const query = queryOf(wish);
  const key = JSON.stringify(query);
  const lines = useLoad(
    () => ask(api.GET("/api/v1/admin/audit", { params: { query: { ...query, sort: "-id", limit } } })),
    [key, limit],
  );
  const sheet = new URLSearchParams({ ...query, sort: "-id", limit: "10000", format: "csv" });
  return (
    <Page
      title={say("audit")}
      intro={say("auditIntro")}
      width="wide"
      tools={
        <a class="button" id="export" href={`/api/v1/admin/audit?${sheet}`} download="audit.csv" data-native>
          <Icon name="chart" />
          {say("exportCsv")}
        </a>
      }
    >
      <Filter wish={wish} onWish={setWish} />
      <Shown of={lines}>
        {(found) => (
          <>
            {found.length === 0 ? (
              <Empty>{say("noMatch")}</Empty>
            ) : (
              <Lines lines={found} onActor={(actor) => setWish({ ...wish, actor })} />
            )}
            {found.length >= limit ? (
              <button type="button" class="button" onClick={() => setLimit(Math.min(10_000, limit + AT_ONCE))}>
                {say("older")}
              </button>
            ) : null}
          </>
        )}
      </Shown>
    </Page>
  );
}

function Filter({ wish, onWish }: { wish: Wish; onWish: (wish: Wish) => void }): VNode {
  const set = (key: keyof Wish) => (value: string) => onWish({ ...wish, [key]: value });
  return (
    <section class="grid filters" aria-label={say("filter")}>
      <TextField label={say("who")} hint={say("actorHint")} value={wish.actor} onValue={set("actor")} maxLength={100} />
      <SelectField
        label={say("what")}
        value={wish.action}
        onValue={set("action")}
        options={[["", audit("anyAction")], ...byWords(ACTION_KEYS)]}
      />
      <SelectField
        label={say("kind")}
        value={wish.kind}
        onValue={set("kind")}
        options={[["", field("all")], ...OBJECT_KEYS.map((one) => [one, objectWords(one)] as const)]}
      />
      <TextField label={say("id")} value={wish.object} onValue={set("object")} maxLength={100} />
      <TextField label={say("since")} type="date" value={wish.since} onValue={set("since")} />
      <TextField label={say("until")} type="date" value={wish.until} onValue={set("until")} />
    </section>
  );
}

const byWords = (keys: readonly string[]) =>
  keys.map((one) => [one, actionWords(one)] as const).sort(([, a], [, b]) => a.localeCompare(b));

function Lines({ lines, onActor }: { lines: readonly Line[]; onActor: (actor: string) => void }): VNode {
  const columns: Column<Line>[] = [
    { id: "at", head: say("when"), cell: (one) => <span class="nowrap">{dateAndClock(one.at)}</span>, isName: true },
    {
      id: "actor",
      head: say("who"),
      cell: (one) => (
        <button type="button" class="button plain" onClick={() => onActor(one.actor)}>
          {one.actor}
        </button>
      ),
    },
    { id: "action", head: say("what"), cell: (one) => actionWords(one.action) },
    {
      id: "object",
      head: say("to"),
      cell: (one) => <span class="breaks">{objectOf(one)}</span>,
    },
    { id: "why", head: audit("details"), cell: (one) => <Details line={one} /> },
  ];
  return <Table caption={say("audit")} rows={lines} keyOf={(one) => String(one.id)} columns={columns} />;
}

function Details({ line }: { line: Line }): VNode | null {
  const noted = detailsOf(line);
  if (!line.why && !noted) return null;
  return (
    <span class="breaks">
      {line.why} {noted ? <span class="small soft">{noted}</span> : null}
    </span>
  );
}
