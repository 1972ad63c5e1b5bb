// How far the facts of a camera or gauge have come on their way to its node.

import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { stateWords } from "../drawing/words";
import { translate } from "./words";

type Rollout = Schemas["ConfigRollout"];
const MOVING = new Set(["waiting", "sent", "trial"]);
const GRAVE = new Set(["refused", "rolled_back", "problem"]);
const POLL_MS = 2_000;

/** Shows it, and asks again while it moves. */
export function RolloutPart({ rollout, again }: { rollout: Rollout; again: () => void }): VNode | null {
  useEffect(() => {
    if (!MOVING.has(rollout.state)) return;
    const timer = setInterval(again, POLL_MS);
    return () => clearInterval(timer);
  }, [rollout.state, again]);
  if (rollout.state === "none" || rollout.state === "no_box") return null;
  return (
    <p id="way" data-state={rollout.state} role="status">
      {translate("rolloutState")}: <RolloutWords rollout={rollout} />
    </p>
  );
}

export function RolloutWords({ rollout }: { rollout: Rollout }): VNode {
  const tone = rollout.state === "applied" ? "good" : GRAVE.has(rollout.state) ? "bad" : "warn";
  return (
    <>
      <span class={tone}>{stateWords(rollout.state)}</span>
      {rollout.problem ? <span class="small">: {rollout.problem}</span> : null}
    </>
  );
}
