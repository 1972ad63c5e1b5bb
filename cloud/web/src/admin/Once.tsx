// A secret that is shown this once, with a button that copies it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "../parts/icons";
import { translate } from "./words";

export function Once({ label, secret }: { label: string; secret: string }): VNode {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard?.writeText(secret).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <div class="row nofold">
      {/* read out letter by letter where it must be typed, selected as a whole by one tap */}
      <output class="code once grow" id="secret" aria-label={label}>
        {secret}
      </output>
      <button type="button" class="button" onClick={copy}>
        <Icon name={isCopied ? "check" : "tasks"} />
        {isCopied ? translate("copied") : translate("copy")}
      </button>
    </div>
  );
}
