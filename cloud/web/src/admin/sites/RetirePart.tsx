// Taking a camera, gauge or node out of use, or back: with a reason, on record.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request } from "../../api/client";
import { Dialog } from "../../parts/dialog";
import { AreaField } from "../../parts/form";
import { Banner } from "../../parts/layout";
import { toast } from "../../parts/toasts";
import { dateAndTime } from "../../words/format";
import { Refused, useSaving } from "../saving";
import { translate } from "./words";

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
  const [isConfirming, setConfirming] = useState(false);
  const isRetired = retiredAt !== null;
  return (
    <section class="stack tight">
      {isRetired ? <Banner kind="warn">{translate("retiredSince", { t: dateAndTime(retiredAt) })}</Banner> : null}
      <div>
        <button
          type="button"
          id="retire"
          class={`button${isRetired ? "" : " danger"}`}
          onClick={() => setConfirming(true)}
        >
          {translate(isRetired ? "useAgain" : "retire")}
        </button>
      </div>
      {isConfirming ? (
        <Confirmation
          kind={kind}
          id={id}
          name={name}
          isRetired={isRetired}
          onClose={(isDone) => {
            setConfirming(false);
            if (isDone) again();
          }}
        />
      ) : null}
    </section>
  );
}

const HINTS = { camera: "retireCamera", gauge: "retireGauge", node: "retireNode" } as const;

function Confirmation(props: {
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
    await request(
      api.POST("/api/v1/admin/sites/{kind}/{site_id}/retire", {
        params: { path },
        body: { retired: !isRetired, reason },
      }),
    );
    toast(translate(isRetired ? "inUse" : "retiredNow"), "good");
    onClose(true);
  });
  return (
    <Dialog title={translate(isRetired ? "useAgainOf" : "retireOf", { name })} onClose={() => onClose(false)}>
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
        <p>{translate(isRetired ? "useAgainHint" : HINTS[kind])}</p>
        <AreaField
          label={translate("reason")}
          value={reason}
          onValue={setReason}
          maxLength={500}
          wrong={saving.wrong("reason") ?? (isTried && isShort ? translate("reasonShort") : null)}
        />
        <button type="submit" class={`button ${isRetired ? "main" : "danger"}`} disabled={saving.busy}>
          {translate(isRetired ? "useAgain" : "retire")}
        </button>
      </form>
    </Dialog>
  );
}
