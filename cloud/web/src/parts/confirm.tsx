// Asked before what cannot simply be undone: what will happen, and that it is meant.

import type { ComponentChildren, VNode } from "preact";
import { translate as field } from "../words/field";
import { Dialog } from "./dialog";

interface ConfirmProps {
  readonly title: string;
  /** The word of the deed, on the button. */
  readonly deed: string;
  readonly isGrave?: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
  /** What follows from it. */
  readonly children: ComponentChildren;
}

export function Confirm({ title, deed, isGrave = true, onYes, onNo, children }: ConfirmProps): VNode {
  return (
    <Dialog title={title} onClose={onNo}>
      <div class="stack tight">{children}</div>
      <div class="row">
        <button type="button" class={`button ${isGrave ? "danger" : "main"}`} id="confirm" onClick={onYes}>
          {deed}
        </button>
        <button type="button" class="button" onClick={onNo}>
          {field("cancel")}
        </button>
      </div>
    </Dialog>
  );
}
