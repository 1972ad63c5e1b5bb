// Taking a camera, gauge or box out of use, or back: with a reason, on record.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, ask } from "../../api/client";
import { Dialog } from "../../parts/dialog";
import { AreaField } from "../../parts/form";
import { Banner } from "../../parts/layout";
import { toast } from "../../parts/toasts";
import { dateAndClock } from "../../words/say";
import { Refused, useSaving } from "../saving";
import { say } from "./words";

type SiteKind = "camera" | "gauge" | "node";
const LEAST = 3;

export function RetirePart(props: {
  kind: SiteKind;
  id: string;
  name: string;
  retiredAt: string | null;
  again: () => void;
}): VNode {
  const { kind, id, name, retiredAt, again } = props;
  const [isAsking, setAsking] = useState(false);
  const isRetired = retiredAt !== null;
  return (
    <section class="stack tight">
      {isRetired ? <Banner kind="warn">{say("retiredSince", { t: dateAndClock(retiredAt) })}</Banner> : null}
      <div>
        <button type="button" id="retire" class={`button${isRetired ? "" : " danger"}`} onClick={() => setAsking(true)}>
          {say(isRetired ? "takeBack" : "retire")}
        </button>
      </div>
      {isAsking ? (
        <Asked
          kind={kind}
          id={id}
          name={name}
          isRetired={isRetired}
          onClose={(isDone) => {
            setAsking(false);
            if (isDone) again();
          }}
        />
      ) : null}
    </section>
  );
}

const HINTS = { camera: "retireCamera", gauge: "retireGauge", node: "retireNode" } as const;

function Asked(props: {
  kind: SiteKind;
  id: string;
  name: string;
  isRetired: boolean;
  onClose: (isDone: boolean) => void;
}): VNode {
  const { kind, id, name, isRetired, onClose } = props;
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  const isShort = reason.trim().length < LEAST;
  const saving = useSaving(async () => {
    const path = { kind, site_id: id };
    await ask(
      api.POST("/api/v1/admin/sites/{kind}/{site_id}/retire", {
        params: { path },
        body: { retired: !isRetired, reason },
      }),
    );
    toast(say(isRetired ? "inUse" : "retiredNow"), "good");
    onClose(true);
  });
  return (
    <Dialog title={say(isRetired ? "takeBackOf" : "retireOf", { name })} onClose={() => onClose(false)}>
      <form
        class="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!isShort) saving.run();
        }}
      >
        <Refused error={saving.error} />
        <p>{say(isRetired ? "takeBackHint" : HINTS[kind])}</p>
        <AreaField
          label={say("reason")}
          value={reason}
          onValue={setReason}
          maxLength={500}
          wrong={saving.wrong("reason") ?? (isTried && isShort ? say("reasonShort") : null)}
        />
        <button type="submit" class={`button ${isRetired ? "main" : "danger"}`} disabled={saving.busy}>
          {say(isRetired ? "takeBack" : "retire")}
        </button>
      </form>
    </Dialog>
  );
}
