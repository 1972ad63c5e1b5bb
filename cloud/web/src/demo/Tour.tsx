// Eight steps through the demo: what is seen, where to click. Each opens its page, as the role that uses it.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { useAction } from "../parts/form";
import { Icon } from "../parts/icons";
import { who } from "../session/session";
import { enterAs, setTourStep, tourStep } from "./demo";
import { translate } from "./words";

const WIDE = "(min-width: 40rem)";

interface Step {
  readonly to: string;
  readonly words: Parameters<typeof translate>[0];
  readonly user?: string;
}

const STEPS: readonly Step[] = [
  { to: "/", words: "water" },
  { to: "/map", words: "map" },
  { to: "/report", words: "report" },
  { to: "/control", words: "control", user: "operator.balaikota" },
  { to: "/control?list=cameras", words: "cameras", user: "operator.balaikota" },
  { to: "/officer", words: "officer", user: "petugas.sda" },
  { to: "/heads", words: "heads", user: "lurah.manggarai" },
  { to: "/admin", words: "admin", user: "admin" },
];

export function Tour(): VNode | null {
  const { route } = useLocation();
  const at = Math.min(tourStep.value ?? 0, STEPS.length - 1);
  const step = STEPS[at];
  const [busy, open] = useAction(async () => {
    if (!step) return;
    if (step.user && who.value?.user !== step.user) await enterAs(step.user);
    route(step.to);
  });
  // A phone shows one line of it, so that the page stays in view; the text and its buttons come when asked for.
  const [isOpen, setOpen] = useState(() => matchMedia(WIDE).matches);
  if (!step) return null;
  const isLast = at === STEPS.length - 1;
  return (
    <section class="demo-tour card" aria-label={translate("tourTitle")}>
      <div class="row apart nofold">
        <span class="soft grow">
          {translate("tourTitle")}: {translate("step", { n: at + 1, of: STEPS.length })}
        </span>
        <button type="button" class="button plain" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {translate(isOpen ? "collapse" : "expand")}
        </button>
        <button type="button" class="button plain" aria-label={translate("dismiss")} onClick={() => setTourStep(null)}>
          <Icon name="close" />
        </button>
      </div>
      {isOpen ? (
        <>
          <p>{translate(step.words)}</p>
          <div class="row">
            <button type="button" class="button main" disabled={busy} onClick={() => open()}>
              {translate("open")}
            </button>
            {isLast ? null : (
              <button type="button" class="button" onClick={() => setTourStep(at + 1)}>
                {translate("next")}
              </button>
            )}
          </div>
        </>
      ) : null}
    </section>
  );
}
