// The note about a deed, with the button that takes it back.

import { reloadCity } from "../live/city";
import { failureWords } from "../parts/failure";
import { toast } from "../parts/toasts";
import type { Undo } from "./deeds";
import { translate } from "./words";

/** Says what was done; `undos` take it back, the last first. `again`: shows how it stands then. */
export function toastDone(words: string, undos: readonly Undo[], again: () => void = () => undefined): void {
  const undo = async (): Promise<void> => {
    let last = "";
    for (const one of [...undos].reverse()) last = await one();
    toast(last, "good");
  };
  toast(words, "good", {
    words: translate("undoNow"),
    run: () =>
      void undo()
        .catch((error: unknown) => toast(failureWords(error), "bad"))
        .finally(() => {
          again();
          reloadCity();
        }),
  });
}
