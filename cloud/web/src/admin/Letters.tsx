// Dead letters: found, chosen, taken in again, with what became of each.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, ask, type Schemas } from "../api/client";
import { SelectField, TextField, useAction } from "../parts/form";
import { Empty, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { type Column, Table } from "../parts/table";
import { toast } from "../parts/toasts";
import { now } from "../shell/now";
import { ago, number } from "../words/say";
import { type Letter, LetterDialog, StateOf } from "./LetterDialog";
import { letterStateWords, say } from "./words";

type State = Letter["state"];
type Which = "open" | State;
const WHICH: readonly Which[] = ["open", "waiting", "failed", "asked", "replayed"];
const ASK_AGAIN_MS = 1_500;
const AT_ONCE = 100;

export function Letters(): VNode {
  const [text, setText] = useState("");
  const [node, setNode] = useState("");
  const [which, setWhich] = useState<Which>("open");
  const [limit, setLimit] = useState(AT_ONCE);
  const found = useLoad(() => load(text, node, which, limit), [text, node, which, limit]);
  const isMoving = (found.data?.counts.asked ?? 0) > 0;
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(found.again, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isMoving, found.again]);
  const counts = found.data?.counts ?? {};
  const counted = (one: Which): string =>
    one === "open" ? say("open") : `${letterStateWords(one)} (${number(counts[one] ?? 0)})`;
  return (
    <Page title={say("letters")} intro={say("lettersIntro")} width="wide">
      <div class="grid">
        <TextField label={say("lettersSearch")} type="search" value={text} onValue={setText} maxLength={200} />
        <TextField label={say("node")} type="search" value={node} onValue={setNode} maxLength={48} />
        <SelectField
          label={say("which")}
          value={which}
          onValue={setWhich}
          options={WHICH.map((one) => [one, counted(one)] as const)}
        />
      </div>
      <Shown of={found}>
        {({ items: letters }) => (
          <>
            <List letters={letters} again={found.again} />
            {letters.length >= limit && limit < 500 ? (
              <button type="button" class="button" onClick={() => setLimit(Math.min(500, limit + AT_ONCE))}>
                {say("more")}
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
  return ask(api.GET("/api/v1/admin/dead-letters", { params: { query } }));
}

function List({ letters, again }: { letters: readonly Letter[]; again: () => void }): VNode {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [shown, setShown] = useState<number | null>(null);
  const open = letters.filter((one) => one.state !== "replayed" && one.state !== "asked");
  const wanted = open.filter((one) => chosen.has(one.id)).map((one) => one.id);
  const [busy, replay] = useAction(async (ids: readonly number[]) => {
    const asked = await ask(api.POST("/api/v1/admin/dead-letters/replay", { body: { ids: [...ids] } }));
    toast(say("replayAsked", { n: asked.ids.length }), "good");
    setChosen(new Set());
    again();
  });
  const choose = (id: number, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  if (letters.length === 0) return <Empty>{say("noLetters")}</Empty>;
  return (
    <>
      <div class="row">
        <button type="button" class="button" onClick={() => setChosen(new Set(open.map((one) => one.id)))}>
          {say("chooseAll")}
        </button>
        <button
          type="button"
          class="button main"
          id="replay-chosen"
          disabled={busy || wanted.length === 0}
          onClick={() => replay(wanted)}
        >
          {say("replayChosen", { n: wanted.length })}
        </button>
      </div>
      <Table
        caption={say("letters")}
        rows={letters}
        keyOf={(one) => String(one.id)}
        columns={columns(chosen, choose, setShown)}
      />
      {shown !== null ? (
        <LetterDialog id={shown} busy={busy} replay={(id) => replay([id])} onClose={() => setShown(null)} />
      ) : null}
    </>
  );
}

function columns(
  chosen: ReadonlySet<number>,
  choose: (id: number, on: boolean) => void,
  show: (id: number) => void,
): Column<Letter>[] {
  return [
    {
      id: "choose",
      head: "",
      cell: (one) => (
        <label class="check">
          <input
            type="checkbox"
            aria-label={say("choose", { n: one.id })}
            disabled={one.state === "replayed" || one.state === "asked"}
            checked={chosen.has(one.id)}
            onChange={(event) => choose(one.id, event.currentTarget.checked)}
          />
        </label>
      ),
    },
    {
      id: "id",
      head: say("id"),
      cell: (one) => (
        <button type="button" class="button plain" data-letter={one.id} onClick={() => show(one.id)}>
          #{one.id}
        </button>
      ),
      sortBy: (one) => one.id,
      isName: true,
    },
    { id: "state", head: say("state"), cell: (one) => <StateOf letter={one} />, sortBy: (one) => one.state },
    {
      id: "reason",
      head: say("reason"),
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
      head: say("came"),
      cell: (one) => (
        <>
          {ago(one.received_at, now.value)}
          <br />
          <span class="small soft">
            {number(one.size_bytes)} B{one.times > 1 ? ` · ${say("times", { n: one.times })}` : ""}
          </span>
        </>
      ),
      sortBy: (one) => one.received_at,
    },
  ];
}
