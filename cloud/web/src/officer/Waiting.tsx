// What this phone has not sent yet, and what the server refused: nothing disappears without a word.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Confirm } from "../parts/confirm";
import { useRestoredFocus } from "../parts/focus";
import { Icon } from "../parts/icons";
import { Banner } from "../parts/layout";
import { discard, queued, retry, sendNow } from "../queue/queue";
import type { Item } from "../queue/store";
import { refusedWords } from "../words/refusals";
import { translate } from "./words";

/** The place is always there, so that what comes into it is read out. */
export function Waiting(): VNode {
  return (
    <div aria-live="polite" ref={useRestoredFocus()} tabIndex={-1}>
      <Held items={queued.value.filter((one) => one.kind !== "report" && one.kind !== "position")} />
    </div>
  );
}

function Held({ items }: { items: readonly Item[] }): VNode | null {
  const refused = items.filter((one) => one.refused);
  // What builds on something refused cannot be sent either.
  const stopped = new Set(refused.map((one) => one.line));
  const held = items.filter((one) => !stopped.has(one.line)).length;
  if (items.length === 0) return null;
  return (
    <div class="stack tight" id="waiting">
      {refused.map((one) => (
        <Conflict key={one.id} item={one} />
      ))}
      {held > 0 ? (
        <Banner kind="warn" icon="offline">
          <p class="strong">{translate("waiting", { n: held })}</p>
          <p class="small">{translate("waitingHint")}</p>
          <p>
            <button type="button" class="button" onClick={() => void sendNow()}>
              <Icon name="refresh" />
              {translate("sendNow")}
            </button>
          </p>
        </Banner>
      ) : null}
    </div>
  );
}

/** What an item is called on the button that made it. */
function nameOf(item: Item): string {
  if (item.kind === "move") return translate(item.verb);
  if (item.kind === "attachment") return translate("photoBefore");
  return translate(item.kind === "check" ? "checklist" : "note");
}

function Conflict({ item }: { item: Item }): VNode {
  const number = "number" in item ? item.number : "";
  // What builds on it cannot be sent either, so it goes with it.
  const line = queued.value.filter((one) => one.line === item.line && one.at >= item.at).map((one) => one.id);
  const [isConfirming, setConfirming] = useState(false);
  const drop = (): void => {
    setConfirming(false);
    void discard(line);
  };
  return (
    <Banner kind="bad" icon="warning">
      <p class="strong">{translate("conflict", { what: nameOf(item), n: number })}</p>
      <p>{refusedWords(item)}</p>
      {line.length > 1 ? <p>{translate("conflictMore", { n: line.length - 1 })}</p> : null}
      <p>{translate("conflictDo")}</p>
      <div class="row">
        {"taskId" in item ? (
          <a class="button" href={`/officer/tasks/${item.taskId}`}>
            {translate("openTask")}
          </a>
        ) : null}
        <button type="button" class="button" onClick={() => void retry(item)}>
          {translate("retry")}
        </button>
        <button type="button" class="button danger" onClick={() => setConfirming(true)}>
          {translate("discard")}
        </button>
      </div>
      {isConfirming ? (
        <Confirm
          title={translate("discardConfirm")}
          deed={translate("discardYes")}
          onYes={drop}
          onNo={() => setConfirming(false)}
        >
          <p>{translate("discardMeans", { n: line.length })}</p>
        </Confirm>
      ) : null}
    </Banner>
  );
}
