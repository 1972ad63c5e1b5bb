// Dead letters: found, chosen, replayed, with what became of each.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { SelectField, TextField, useAction } from "../parts/form";
import { Empty, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { type Column, Table } from "../parts/table";
import { toast } from "../parts/toasts";
import { now } from "../shell/now";
import { ago, number } from "../words/format";
import { type DeadLetter, DeadLetterDialog, StateOf } from "./DeadLetterDialog";
import { OverRoom } from "./OverRoom";
import { deadLetterStateWords, translate } from "./words";

type State = DeadLetter["state"];
type Which = "open" | State;
const WHICH: readonly Which[] = ["open", "waiting", "failed", "requested", "replayed"];
const POLL_MS = 1_500;
const AT_ONCE = 100;

export function DeadLetters(): VNode {
  const [text, setText] = useState("");
  const [node, setNode] = useState("");
  const [which, setWhich] = useState<Which>("open");
  const [limit, setLimit] = useState(AT_ONCE);
  const found = useLoad(() => load(text, node, which, limit), [text, node, which, limit]);
  const isMoving = (found.data?.counts.requested ?? 0) > 0;
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(found.again, POLL_MS);
    return () => clearInterval(timer);
  }, [isMoving, found.again]);
  const counts = found.data?.counts ?? {};
  const counted = (one: Which): string =>
    one === "open" ? translate("open") : `${deadLetterStateWords(one)} (${number(counts[one] ?? 0)})`;
  return (
    <Page title={translate("deadLetters")} intro={translate("deadLettersIntro")} width="wide">
      <div class="grid">
        <TextField
          label={translate("deadLettersSearch")}
          type="search"
          value={text}
          onValue={setText}
          maxLength={200}
        />
        <TextField label={translate("node")} type="search" value={node} onValue={setNode} maxLength={48} />
        <SelectField
          label={translate("which")}
          value={which}
          onValue={setWhich}
          options={WHICH.map((one) => [one, counted(one)] as const)}
        />
      </div>
      <OverRoom />
      <Shown of={found}>
        {({ items: deadLetters }) => (
          <>
            <List deadLetters={deadLetters} again={found.again} />
            {deadLetters.length >= limit && limit < 500 ? (
              <button type="button" class="button" onClick={() => setLimit(Math.min(500, limit + AT_ONCE))}>
                {translate("more")}
              </button>
            ) : null}
          </>
        )}
      </Shown>
    </Page>
  );
}

function load(text: string, node: string, which: Which, limit: number): Promise<Schemas["DeadLetterPage"]> {
  const query = {
    ...(text.trim() ? { q: text.trim() } : {}),
    ...(node.trim() ? { node: node.trim() } : {}),
    ...(which === "open" ? {} : { state: [which] }),
    limit,
  };
  return request(api.GET("/api/v1/admin/dead-letters", { params: { query } }));
}

function List({ deadLetters, again }: { deadLetters: readonly DeadLetter[]; again: () => void }): VNode {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [shown, setShown] = useState<number | null>(null);
  const open = deadLetters.filter((one) => one.state !== "replayed" && one.state !== "requested");
  const wanted = open.filter((one) => chosen.has(one.id)).map((one) => one.id);
  const [busy, replay] = useAction(async (ids: readonly number[]) => {
    const requested = await request(api.POST("/api/v1/admin/dead-letters/replay", { body: { ids: [...ids] } }));
    toast(translate("replayRequested", { n: requested.ids.length }), "good");
    setChosen(new Set());
    again();
  });
  const choose = (id: number, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  if (deadLetters.length === 0) return <Empty>{translate("noDeadLetters")}</Empty>;
  return (
    <>
      <div class="row">
        <button type="button" class="button" onClick={() => setChosen(new Set(open.map((one) => one.id)))}>
          {translate("chooseAll")}
        </button>
        <button
          type="button"
          class="button main"
          id="replay-chosen"
          disabled={busy || wanted.length === 0}
          onClick={() => replay(wanted)}
        >
          {translate("replayChosen", { n: wanted.length })}
        </button>
      </div>
      <Table
        caption={translate("deadLetters")}
        rows={deadLetters}
        keyOf={(one) => String(one.id)}
        columns={columns(chosen, choose, setShown)}
      />
      {shown !== null ? (
        <DeadLetterDialog id={shown} busy={busy} replay={(id) => replay([id])} onClose={() => setShown(null)} />
      ) : null}
    </>
  );
}

function columns(
  chosen: ReadonlySet<number>,
  choose: (id: number, on: boolean) => void,
  show: (id: number) => void,
): Column<DeadLetter>[] {
  return [
    {
      id: "choose",
      head: "",
      cell: (one) => (
        <label class="check">
          <input
            type="checkbox"
            aria-label={translate("choose", { n: one.id })}
            disabled={one.state === "replayed" || one.state === "requested"}
            checked={chosen.has(one.id)}
            onChange={(event) => choose(one.id, event.currentTarget.checked)}
          />
        </label>
      ),
    },
    {
      id: "id",
      head: translate("id"),
      cell: (one) => (
        <button type="button" class="button plain" data-dead-letter={one.id} onClick={() => show(one.id)}>
          #{one.id}
        </button>
      ),
      sortBy: (one) => one.id,
      isName: true,
    },
    { id: "state", head: translate("state"), cell: (one) => <StateOf deadLetter={one} />, sortBy: (one) => one.state },
    {
      id: "reason",
      head: translate("reason"),
      cell: (one) => (
        <span class="breaks">
          {one.reason}
          <br />
          <span class="small soft">{one.topic}</span>
        </span>
      ),
      sortBy: (one) => one.reason,
    },
    {
      id: "came",
      head: translate("came"),
      cell: (one) => (
        <>
          {ago(one.received_at, now.value)}
          <br />
          <span class="small soft">
            {number(one.size_bytes)} B{one.times > 1 ? ` · ${translate("times", { n: one.times })}` : ""}
          </span>
        </>
      ),
      sortBy: (one) => one.received_at,
    },
  ];
}
