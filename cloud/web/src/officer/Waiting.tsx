// What this phone has not sent yet, and what the server refused: nothing disappears without a word.

import type { VNode } from "preact";
import { Icon } from "../parts/icons";
import { Banner } from "../parts/layout";
import { discard, queued, retry, sendNow } from "../queue/queue";
import type { Item } from "../queue/store";
import { verbWords } from "../words/field";
import { say } from "./words";

export function Waiting(): VNode | null {
  const items = queued.value.filter((one) => one.kind !== "report" && one.kind !== "position");
  const refused = items.filter((one) => one.refused);
  const held = items.length - refused.length;
  if (items.length === 0) return null;
  return (
    <div class="stack tight" id="waiting">
      {refused.map((one) => (
        <Conflict key={one.id} item={one} />
      ))}
      {held > 0 ? (
        <Banner kind="warn" icon="offline">
          <p class="strong">{say("waiting", { n: held })}</p>
          <p class="small">{say("waitingHint")}</p>
          <p>
            <button type="button" class="button" onClick={() => void sendNow()}>
              <Icon name="refresh" />
              {say("sendNow")}
            </button>
          </p>
        </Banner>
      ) : null}
    </div>
  );
}

function Conflict({ item }: { item: Item }): VNode {
  const what = item.kind === "move" ? verbWords(item.verb) : verbWords(item.kind);
  const number = "number" in item ? item.number : "";
  // What builds on it cannot be sent either, so it goes with it.
  const line = queued.value.filter((one) => one.line === item.line && one.at >= item.at).map((one) => one.id);
  return (
    <Banner kind="bad" icon="warning">
      <p class="strong">{say("conflict")}</p>
      <p>{say("conflictWhat", { what, n: number, why: item.refused ?? "" })}</p>
      <div class="row">
        <button type="button" class="button" onClick={() => void retry(item)}>
          {say("retry")}
        </button>
        <button type="button" class="button danger" onClick={() => void discard(line)}>
          {say("discard")}
        </button>
      </div>
    </Banner>
  );
}
