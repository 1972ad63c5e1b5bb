// One dead letter: where it came from, why it could not be kept, and its bytes as text and in hexadecimal.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, ask, type Schemas } from "../api/client";
import { Dialog } from "../parts/dialog";
import { Facts } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { Tabs } from "../parts/tabs";
import { now } from "../shell/now";
import { say as field } from "../words/field";
import { ago, dateAndClock, number } from "../words/say";
import { letterStateWords, say } from "./words";

export type Letter = Schemas["DeadLetterSummary"];
type Seen = Schemas["DeadLetterDetail"];

export function LetterDialog(props: {
  id: number;
  busy: boolean;
  replay: (id: number) => void;
  onClose: () => void;
}): VNode {
  const { id, busy, replay, onClose } = props;
  const path = { dead_letter_id: id };
  const found = useLoad(
    () => ask(api.GET("/api/v1/admin/dead-letters/{dead_letter_id}", { params: { path } })),
    [id, busy],
  );
  const isAsked = found.data?.entry.state === "asked";
  useEffect(() => {
    if (!isAsked) return;
    const timer = setInterval(found.again, 1_500);
    return () => clearInterval(timer);
  }, [isAsked, found.again]);
  return (
    <Dialog title={say("letter", { n: id })} onClose={onClose} wide>
      <Shown of={found}>{(seen) => <Whole seen={seen} busy={busy} replay={() => replay(id)} />}</Shown>
    </Dialog>
  );
}

function Whole({ seen, busy, replay }: { seen: Seen; busy: boolean; replay: () => void }): VNode {
  const { entry: letter } = seen;
  return (
    <div class="stack">
      <Facts
        rows={[
          [say("state"), <StateOf key="state" letter={letter} />],
          [say("node"), letter.node_id],
          [say("topic"), letter.topic],
          [say("reason"), letter.reason],
          [say("came"), dateAndClock(letter.received_at)],
          [say("size"), `${number(letter.size_bytes)} B`],
        ]}
      />
      {letter.state === "replayed" ? null : (
        <p>
          <button
            type="button"
            class="button main"
            id="replay"
            disabled={busy || letter.state === "asked"}
            onClick={replay}
          >
            {say("replay")}
          </button>
        </p>
      )}
      <Bytes seen={seen} />
    </div>
  );
}

function Bytes({ seen }: { seen: Seen }): VNode {
  const [shown, setShown] = useState<"text" | "bytes">(seen.text === null ? "bytes" : "text");
  const counts = { shown: number(seen.shown_bytes), all: number(seen.entry.size_bytes) };
  return (
    <>
      <Tabs
        label={say("letter", { n: seen.entry.id })}
        chosen={shown}
        onChoose={setShown}
        tabs={[
          { id: "text", words: say("asText") },
          { id: "bytes", words: say("asBytes") },
        ]}
      >
        {/* text from anywhere is text: never markup, never wider than its box */}
        {shown === "text" && seen.text === null ? <p class="soft">{say("notText")}</p> : null}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
        <pre class="code bytes" tabIndex={0} data-shown={shown}>
          {shown === "text" ? (seen.text ?? "") : seen.hexdump}
        </pre>
      </Tabs>
      <p class="small soft">{say("shownOf", counts)}</p>
    </>
  );
}

export function StateOf({ letter }: { letter: Letter }): VNode {
  const tone = { waiting: "", asked: "warn", failed: "bad", replayed: "good" }[letter.state];
  return (
    <span data-state={letter.state}>
      <span class={tone}>{letterStateWords(letter.state)}</span>
      {letter.state === "failed" && letter.failed_because ? (
        <>
          <br />
          <span class="small breaks">{letter.failed_because}</span>
        </>
      ) : null}
      {letter.asked_by && letter.state !== "waiting" ? (
        <>
          <br />
          <span class="small soft">
            {say("askedBy", {
              who: letter.asked_by,
              t: letter.asked_at ? ago(letter.asked_at, now.value) : field("unknown"),
            })}
          </span>
        </>
      ) : null}
    </span>
  );
}
