// A one-time token for a node: made, shown once, copied.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request, type Schemas } from "../api/client";
import { Dialog } from "../parts/dialog";
import { focusFirstWrong } from "../parts/focus";
import { TextField } from "../parts/form";
import { Banner } from "../parts/layout";
import { translate as field } from "../words/field";
import { dateAndTime } from "../words/format";
import { Once } from "./Once";
import { QrCode } from "./QrCode";
import { Refused, useSaving } from "./saving";
import { translate } from "./words";
import { translate as start } from "./words-start";

const NAME = /^[a-z0-9][a-z0-9-]{1,47}$/;

export function EnrolDialog({ node, onClose }: { node: string; onClose: () => void }): VNode {
  const [name, setName] = useState(node);
  const [hours, setHours] = useState("24");
  const [isTried, setTried] = useState(false);
  const [made, setMade] = useState<Schemas["EnrolmentTokenSecret"] | null>(null);
  const isName = NAME.test(name);
  const saving = useSaving(async () => {
    const path = { node_id: name };
    setMade(
      await request(
        api.POST("/api/v1/admin/nodes/{node_id}/enrolment", { params: { path }, body: { hours: Number(hours) } }),
      ),
    );
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    setTried(true);
    if (isName) saving.run();
    else focusFirstWrong(event.currentTarget as HTMLFormElement);
  };
  return (
    <Dialog title={made ? `${translate("token")}: ${made.node_id}` : translate("newNode")} onClose={onClose}>
      {made ? (
        <Made made={made} onClose={onClose} />
      ) : (
        <form class="stack" onSubmit={submit} noValidate>
          <Refused error={saving.error} />
          <p class="soft">{translate(node ? "againMeans" : "enrolMeans")}</p>
          <TextField
            label={translate("nodeName")}
            hint={translate("nodeNameHint")}
            wrong={isTried && !isName ? translate("nodeNameWrong") : null}
            value={name}
            onValue={setName}
            name="node"
            maxLength={48}
            required
          />
          <TextField
            label={translate("tokenHours")}
            type="number"
            min="0.1"
            max="720"
            value={hours}
            onValue={setHours}
            name="hours"
            wrong={saving.wrong("hours")}
          />
          <button type="submit" class="button main" disabled={saving.busy}>
            {translate("makeToken")}
          </button>
        </form>
      )}
    </Dialog>
  );
}

function Made({ made, onClose }: { made: Schemas["EnrolmentTokenSecret"]; onClose: () => void }): VNode {
  return (
    <div class="stack">
      <Banner kind="warn" icon="warning">
        <p>{translate("tokenOnce")}</p>
      </Banner>
      <Once label={translate("token")} secret={made.token} />
      <p class="soft">{translate("tokenUntil", { t: dateAndTime(made.expires_at) })}</p>
      <p>{translate("onTheNode")}</p>
      <pre class="code">{made.command}</pre>
      <p>{start("scan")}</p>
      <QrCode code={made.qr} label={start("code")} />
      <button type="button" class="button main" onClick={onClose}>
        {field("close")}
      </button>
    </div>
  );
}
