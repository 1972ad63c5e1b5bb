// Saving what two administrators may change at once: what is refused stands at its field, a collision is said as one.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { focusFirstWrong } from "../parts/focus";
import { Banner } from "../parts/layout";
import { translate as field } from "../words/field";
import { translate } from "./words";

export interface Saving<A extends readonly unknown[]> {
  readonly busy: boolean;
  readonly error: ApiError | null;
  readonly run: (...args: A) => void;
  /** What is wrong with a field, as the server states it. */
  readonly wrong: (name: string) => string | null;
}

/** Runs an action once at a time and holds what the server refused. */
export function useSaving<A extends readonly unknown[]>(action: (...args: A) => Promise<unknown>): Saving<A> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run = (...args: A): void => {
    if (busy) return;
    const form = document.activeElement?.closest("form");
    setBusy(true);
    setError(null);
    action(...args)
      .catch((failed: unknown) => {
        setError(failed instanceof ApiError ? failed : new ApiError(0, "bug", String(failed)));
        focusFirstWrong(form);
      })
      .finally(() => setBusy(false));
  };
  return { busy, error, run, wrong: (name) => error?.fields[name] ?? null };
}

/** Why saving failed; `again` loads what somebody else has saved. */
export function Refused({ error, again }: { error: ApiError | null; again?: (() => void) | undefined }): VNode | null {
  if (error === null) return null;
  if (error.status === 412) {
    return (
      <Banner kind="warn" icon="warning">
        <p>{translate("changedMeanwhile")}</p>
        {again ? (
          <p>
            <button type="button" class="button" onClick={again}>
              {translate("loadNewest")}
            </button>
          </p>
        ) : null}
      </Banner>
    );
  }
  return (
    <Banner kind="bad" icon="warning">
      {error.isUnreachable ? field("offline") : error.message}
    </Banner>
  );
}
