// The code that came by SMS, without which nothing is sent to a number.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { api, request } from "../../api/client";
import { TextField, useAction } from "../../parts/form";
import { toast } from "../../parts/toasts";
import { translate } from "./words";

export function CodeField({ manage, onConfirmed }: { manage: string; onConfirmed: () => void }): VNode {
  const [code, setCode] = useState("");
  const [busy, confirm] = useAction(async () => {
    const params = { path: { secret: manage.slice(manage.lastIndexOf("/") + 1) } };
    await request(api.POST("/api/v1/subscriptions/{secret}/confirm", { params, body: { code: code.trim() } }));
    toast(translate("confirmed"), "good");
    onConfirmed();
  });
  return (
    <div class="stack tight" id="sms-code">
      <TextField
        label={translate("code")}
        value={code}
        onValue={setCode}
        inputMode="numeric"
        autocomplete="one-time-code"
      />
      <button type="button" class="button main" disabled={busy || code.trim().length < 4} onClick={() => confirm()}>
        {translate("confirm")}
      </button>
    </div>
  );
}
