// The reason for what changes something, with what comes of it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Dialog } from "../parts/dialog";
import { AreaField } from "../parts/form";
import { translate } from "./words";

/** Asks for the reason that goes on record. */
export function Why(props: {
  title: string;
  /** What comes of it, shown before it is done. */
  help: string;
  close: () => void;
  go: (reason: string) => void;
}): VNode {
  const [reason, setReason] = useState("");
  return (
    <Dialog title={props.title} onClose={props.close}>
      <p>{props.help}</p>
      <AreaField label={translate("reason")} value={reason} onValue={setReason} maxLength={2000} />
      <button type="button" class="button main" disabled={reason.trim() === ""} onClick={() => props.go(reason.trim())}>
        {props.title}
      </button>
    </Dialog>
  );
}
