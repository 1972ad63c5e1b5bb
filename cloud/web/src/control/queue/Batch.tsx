// Several incidents at once: true, false, or all the same. Each is a request of its own, and all can be taken back together.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { type Incident, reloadCity } from "../../live/city";
import { useAction } from "../../parts/form";
import { categoryWords } from "../../words/field";
import { number } from "../../words/format";
import { confirm, isUnconfirmed, merge, reject, type Undo } from "../deeds";
import { toastDone } from "../undo";
import { Why } from "../Why";
import { translate } from "../words";

type Deed = (one: Incident) => Promise<Undo>;

/** `incidents`: the most urgent first; the others are merged into that. */
export function Batch({ incidents, leave }: { incidents: readonly Incident[]; leave: () => void }): VNode {
  const [pending, setPending] = useState<"reject" | "merge" | null>(null);
  const [busy, run] = useAction(async (of: readonly Incident[], deed: Deed) => {
    const undos: Undo[] = [];
    try {
      for (const one of of) undos.push(await deed(one));
      leave();
    } finally {
      // Also where one of them was refused: what was done before it can be taken back.
      setPending(null);
      if (undos.length > 0) toastDone(translate("batchDone", { n: number(undos.length) }), undos);
      reloadCity();
    }
  });
  const unconfirmed = incidents.filter(isUnconfirmed);
  const [first, ...others] = incidents;
  return (
    <section class="batch row" id="batch" aria-label={translate("batch")}>
      <span class="strong">{translate("picked", { n: number(incidents.length) })}</span>
      <button
        type="button"
        class="button main"
        disabled={busy || unconfirmed.length === 0}
        onClick={() => run(unconfirmed, confirm)}
      >
        {translate("confirm")}
      </button>
      <button type="button" class="button danger" disabled={busy} onClick={() => setPending("reject")}>
        {translate("falseAlarm")}
      </button>
      <button type="button" class="button" disabled={busy || others.length === 0} onClick={() => setPending("merge")}>
        {translate("merge")}
      </button>
      <button type="button" class="button plain" onClick={leave}>
        {translate("pickNone")}
      </button>
      {pending === "reject" ? (
        <Why
          title={translate("falseAlarm")}
          help={translate("batchReject", { n: number(incidents.length) })}
          close={() => setPending(null)}
          go={(reason) => run(incidents, (one) => reject(one, reason))}
        />
      ) : null}
      {pending === "merge" && first ? (
        <Why
          title={translate("merge")}
          help={translate("batchMerge", {
            n: number(others.length),
            into: `#${first.number} ${categoryWords(first.category)} ${first.area_name ?? ""}`,
          })}
          close={() => setPending(null)}
          go={(reason) => run(others, (one) => merge(one, first.id, reason))}
        />
      ) : null}
    </section>
  );
}
