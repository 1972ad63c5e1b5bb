// A dialog: the browser's own, which keeps the focus inside; it is given back to what opened it.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { translate } from "../words/field";
import { giveBack } from "./focus";
import { Icon } from "./icons";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

/** Open as long as it is drawn; Escape, the cross and a click beside it call `onClose`. */
export function Dialog({ title, onClose, wide = false, children }: DialogProps): VNode {
  const box = useRef<HTMLDialogElement>(null);
  const isLeaving = useRef(false);
  const titleId = useId();
  useEffect(() => {
    const dialog = box.current;
    const opener = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      isLeaving.current = true;
      dialog?.close();
      // The browser gives the focus back only to a dialog that stays in the page.
      requestAnimationFrame(() => giveBack(opener, true));
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, by the browser
    <dialog
      ref={box}
      class={`dialog${wide ? " wide" : ""}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // a second Escape in a row closes it without asking
      onClose={() => {
        if (!isLeaving.current) onClose();
      }}
      onClick={(event) => {
        if (event.target === box.current) onClose();
      }}
    >
      <div class="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <button type="button" class="button plain square" aria-label={translate("close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div class="dialog-body stack">{children}</div>
    </dialog>
  );
}
