// One dead letter: where it came from, why it could not be stored, and its bytes as text and in hexadecimal.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { Dialog } from "../parts/dialog";
import { Facts } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { Tabs } from "../parts/tabs";
import { now } from "../shell/now";
import { translate as field } from "../words/field";
import { ago, dateAndTime, number } from "../words/format";
import { deadLetterStateWords, translate } from "./words";

export type DeadLetter = Schemas["DeadLetterSummary"];
type Seen = Schemas["DeadLetterDetail"];

export function DeadLetterDialog(props: {
  id: number;
  busy: boolean;
  replay: (id: number) => void;
  onClose: () => void;
}): VNode {
  const { id, busy, replay, onClose } = props;
  const path = { dead_letter_id: id };
  const found = useLoad(
    () => request(api.GET("/api/v1/admin/dead-letters/{dead_letter_id}", { params: { path } })),
    [id, busy],
  );
  const isRequested = found.data?.entry.state === "asked";
  useEffect(() => {
    if (!isRequested) return;
    const timer = setInterval(found.again, 1_500);
    return () => clearInterval(timer);
  }, [isRequested, found.again]);
  return (
    <Dialog title={translate("deadLetter", { n: id })} onClose={onClose} wide>
      <Shown of={found}>{(seen) => <Whole seen={seen} busy={busy} replay={() => replay(id)} />}</Shown>
    </Dialog>
  );
}

function Whole({ seen, busy, replay }: { seen: Seen; busy: boolean; replay: () => void }): VNode {
  const { entry: deadLetter } = seen;
  return (
    <div class="stack">
      <Facts
        rows={[
          [translate("state"), <StateOf key="state" deadLetter={deadLetter} />],
          [translate("node"), deadLetter.node_id],
          [translate("topic"), deadLetter.topic],
          [translate("reason"), deadLetter.reason],
          [translate("came"), dateAndTime(deadLetter.received_at)],
          [translate("size"), `${number(deadLetter.size_bytes)} B`],
        ]}
      />
      {deadLetter.state === "replayed" ? null : (
        <p>
          <button
            type="button"
            class="button main"
            id="replay"
            disabled={busy || deadLetter.state === "asked"}
            onClick={replay}
          >
            {translate("replay")}
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
        label={translate("deadLetter", { n: seen.entry.id })}
        chosen={shown}
        onChoose={setShown}
        tabs={[
          { id: "text", words: translate("asText") },
          { id: "bytes", words: translate("asBytes") },
        ]}
      >
        {/* text from anywhere is text: never markup, never wider than its box */}
        {shown === "text" && seen.text === null ? <p class="soft">{translate("notText")}</p> : null}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
        <pre class="code bytes" tabIndex={0} data-shown={shown}>
          {shown === "text" ? (seen.text ?? "") : seen.hexdump}
        </pre>
      </Tabs>
      <p class="small soft">{translate("shownOf", counts)}</p>
    </>
  );
}

export function StateOf({ deadLetter }: { deadLetter: DeadLetter }): VNode {
  const tone = { waiting: "", asked: "warn", failed: "bad", replayed: "good" }[deadLetter.state];
  return (
    <span data-state={deadLetter.state}>
      <span class={tone}>{deadLetterStateWords(deadLetter.state)}</span>
      {deadLetter.state === "failed" && deadLetter.failed_because ? (
        <>
          <br />
          <span class="small breaks">{deadLetter.failed_because}</span>
        </>
      ) : null}
      {deadLetter.requested_by && deadLetter.state !== "waiting" ? (
        <>
          <br />
          <span class="small soft">
            {translate("requestedBy", {
              who: deadLetter.requested_by,
              t: deadLetter.requested_at ? ago(deadLetter.requested_at, now.value) : field("unknown"),
            })}
          </span>
        </>
      ) : null}
    </span>
  );
}
