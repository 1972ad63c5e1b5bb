// Ending a stolen node at once, or ending its block.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request } from "../api/client";
import { toast } from "../parts/toasts";
import { ReasonDialog } from "./ReasonDialog";
import { translate } from "./words";

export function BlockPart(props: { node: string; isBlocked: boolean; again: () => void }): VNode {
  const { node, isBlocked, again } = props;
  const [isOpen, setOpen] = useState(false);
  const run = async (reason: string): Promise<void> => {
    const done = await request(
      api.POST("/api/v1/admin/nodes/{node_id}/block", {
        params: { path: { node_id: node } },
        body: { blocked: !isBlocked, reason },
      }),
    );
    toast(translate(isBlocked ? "unblockDone" : "blockDone"), "good");
    if (!done.is_broker_written) toast(translate("brokerPending"), "warn");
    again();
  };
  return (
    <>
      <button
        type="button"
        class={`button${isBlocked ? "" : " danger"}`}
        aria-label={`${translate(isBlocked ? "unblock" : "block")}: ${node}`}
        onClick={() => setOpen(true)}
      >
        {translate(isBlocked ? "unblock" : "block")}
      </button>
      {isOpen ? (
        <ReasonDialog
          title={translate(isBlocked ? "unblockOf" : "blockOf", { node })}
          deed={translate(isBlocked ? "unblock" : "block")}
          isGrave={!isBlocked}
          run={run}
          onClose={() => setOpen(false)}
        >
          <p>{translate(isBlocked ? "unblockMeans" : "blockMeans")}</p>
        </ReasonDialog>
      ) : null}
    </>
  );
}
