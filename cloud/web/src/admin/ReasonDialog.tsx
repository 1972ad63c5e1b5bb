// A deed of an administrator that the audit log records with its reason.

import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog";
import { AreaField } from "../parts/form";
import { Refused, useSaving } from "./saving";
import { translate } from "./sites/words";

const LEAST = 3;

export function ReasonDialog(props: {
  title: string;
  deed: string;
  isGrave: boolean;
  run: (reason: string) => Promise<void>;
  onClose: () => void;
  /** What follows from it. */
  children: ComponentChildren;
}): VNode {
  const { title, deed, isGrave, run, onClose, children } = props;
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  const isShort = reason.trim().length < LEAST;
  const saving = useSaving(async () => {
    await run(reason.trim());
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
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
        {children}
        <AreaField
          label={translate("reason")}
          value={reason}
          onValue={setReason}
          maxLength={500}
          wrong={saving.wrong("reason") ?? (isTried && isShort ? translate("reasonShort") : null)}
        />
        <button type="submit" id="confirm" class={`button ${isGrave ? "danger" : "main"}`} disabled={saving.busy}>
          {deed}
        </button>
      </form>
    </Dialog>
  );
}
