// How far the facts of a camera or gauge have come on their way to its box.

import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { stateWords } from "../drawing/words";
import { say } from "./words";

type Way = Schemas["ConfigRollout"];
const MOVING = new Set(["waiting", "sent", "trial"]);
const GRAVE = new Set(["refused", "rolled_back", "problem"]);
const ASK_AGAIN_MS = 2_000;

/** Shows it, and asks again while it moves. */
export function WayPart({ way, again }: { way: Way; again: () => void }): VNode | null {
  useEffect(() => {
    if (!MOVING.has(way.state)) return;
    const timer = setInterval(again, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [way.state, again]);
  if (way.state === "none" || way.state === "no_box") return null;
  return (
    <p id="way" data-state={way.state} role="status">
      {say("way")}: <WayWords way={way} />
    </p>
  );
}

export function WayWords({ way }: { way: Way }): VNode {
  const tone = way.state === "applied" ? "good" : GRAVE.has(way.state) ? "bad" : "warn";
  return (
    <>
      <span class={tone}>{stateWords(way.state)}</span>
      {way.problem ? <span class="small">: {way.problem}</span> : null}
    </>
  );
}
