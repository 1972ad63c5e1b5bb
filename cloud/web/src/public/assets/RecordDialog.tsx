// What somebody sees at a pump or gate, written down by hand.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request } from "../../api/client";
import { Dialog } from "../../parts/dialog";
import { SelectField, TextField, useAction } from "../../parts/form";
import { toast } from "../../parts/toasts";
import { translate as field } from "../../words/field";
import type { Asset } from "./state";
import { stateWords, translate } from "./words";

type Condition = Asset["works_as"];

const STATES: Readonly<Record<Asset["kind"], readonly Condition[]>> = {
  pump: ["running", "stopped", "fault"],
  gate: ["open", "closed", "fault"],
};

export function RecordDialog(props: { asset: Asset; onClose: () => void; recorded: () => void }): VNode {
  const { asset, onClose, recorded } = props;
  const states = STATES[asset.kind];
  const [state, setState] = useState<Condition>(asset.last?.state ?? asset.works_as);
  const [note, setNote] = useState("");
  const [busy, send] = useAction(async () => {
    const path = { params: { path: { asset_id: asset.id } } };
    await request(api.POST("/api/v1/assets/{asset_id}/states", { ...path, body: { state, note } }));
    toast(translate("recorded"), "good");
    recorded();
    onClose();
  });
  return (
    <Dialog title={translate("recordOf", { name: asset.name })} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <SelectField
          label={translate("state")}
          value={state}
          onValue={setState}
          options={states.map((one) => [one, stateWords(one)] as const)}
        />
        <TextField label={translate("note")} value={note} onValue={setNote} maxLength={500} hint={field("optional")} />
        <button type="submit" class="button main" disabled={busy}>
          {field("save")}
        </button>
      </form>
    </Dialog>
  );
}
