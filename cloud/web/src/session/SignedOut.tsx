// Over a page whose session ended elsewhere: it says so, and goes on where one was once one has signed in again.

import type { VNode } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { useLocation } from "preact-iso";
import { Icon } from "../parts/icons";
import { translate as shell } from "../shell/words";
import { translate } from "../words/field";
import { SignInForm } from "./SignIn";
import { leaveEnded, type Who } from "./session";

export function SignedOut({ person }: { person: Who }): VNode {
  const { route } = useLocation();
  const box = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // A dialog of its own, so that one that the page had open waits beneath it; it cannot be shut by mistake.
  const open = (): void => {
    if (box.current && !box.current.open) box.current.showModal();
  };
  useEffect(open, []);
  const leave = (): void => {
    leaveEnded();
    route("/");
  };
  return (
    <dialog
      ref={box}
      class="dialog"
      id="signed-out"
      aria-labelledby={titleId}
      onCancel={(event) => event.preventDefault()}
      onClose={open}
    >
      <div class="dialog-head">
        <h2 id={titleId}>{shell("sessionEnded")}</h2>
      </div>
      <div class="dialog-body stack">
        <p>{shell("sessionEndedText")}</p>
        <SignInForm user={person.user} done={() => undefined} />
        <button type="button" class="button plain" onClick={leave}>
          <Icon name="home" />
          {translate("home")}
        </button>
      </div>
    </dialog>
  );
}
