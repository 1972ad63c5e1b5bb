// "I see this too": a report of one's own for what others reported, and what of one's own was sent from this device.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Spot } from "../live/reading";
import { useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { Banner } from "../parts/layout";
import { useLoad } from "../parts/load";
import { enqueue, queued, sendNow, sentTimes } from "../queue/queue";
import { allSent, randomId, type Sent } from "../queue/store";
import { refusedWords } from "../words/refusals";
import { translate } from "./words";

/** Reports that were sent from this device, the newest first. */
export function useSent(): readonly Sent[] {
  const sent = useLoad(allSent, [sentTimes.value]);
  return sent.data ?? [];
}

interface MeTooProps {
  readonly incidentId: string;
  readonly number: number;
  readonly category: string;
  /** Where one saw it; without, the incident's own place is used. */
  readonly spot?: Spot | null;
  /** Taken already: with them it is a report of its own at that place, as a bare confirmation carries none. */
  readonly photos?: readonly Blob[];
  readonly onSent?: (id: string) => void;
}

export function MeToo({ incidentId, number, category, spot = null, photos = [], onSent }: MeTooProps): VNode {
  const [id, setId] = useState<string | null>(null);
  const [busy, add] = useAction(async () => {
    const made = randomId();
    const place = { lat: spot?.lat ?? null, lon: spot?.lon ?? null };
    const report = { id: made, line: made, at: new Date().toISOString(), category, ...place };
    const text = translate("meTooText", { n: number });
    await enqueue(
      photos.length > 0 ? { kind: "report", ...report, text, photos } : { kind: "me_too", ...report, text, incidentId },
    );
    await sendNow();
    setId(made);
    onSent?.(made);
  });
  if (id !== null) return <MeTooResult id={id} />;
  return (
    <button type="button" class="button big wide" disabled={busy} onClick={() => add()}>
      <Icon name="thumb" />
      {translate("meToo")}
    </button>
  );
}

function MeTooResult({ id }: { id: string }): VNode {
  const mine = useSent().find((one) => one.id === id);
  const held = queued.value.find((one) => one.id === id);
  if (held?.refused)
    return (
      <Banner kind="bad" icon="warning">
        {translate("refused", { why: refusedWords(held) })}
      </Banner>
    );
  return (
    <Banner kind={mine ? "good" : "warn"} icon={mine ? "check" : "offline"}>
      <p>{translate(mine ? "meTooSent" : "savedOffline")}</p>
      {mine ? (
        <p>
          <a href={mine.follow}>{translate("follow")}</a>
        </p>
      ) : null}
    </Banner>
  );
}
