// The code that came by SMS, without which nothing is sent to a number.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../../api/client";
import { TextField, useAction } from "../../parts/form";
import { toast } from "../../parts/toasts";
import { translate } from "./words";

export function CodeField({ manage, onConfirmed }: { manage: string; onConfirmed: () => void }): VNode {
  const [code, setCode] = useState("");
  const [busy, confirm] = useAction(async () => {
    const answer = await fetch(`${manage}/confirm`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code: code.trim() }),
    });
    if (!answer.ok) throw await refusalOf(answer);
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

async function refusalOf(answer: Response): Promise<ApiError> {
  const problem = (await answer.json().catch(() => ({}))) as { code?: string; title?: string };
  return new ApiError(answer.status, problem.code ?? "refused", problem.title ?? `HTTP ${answer.status}`);
}
