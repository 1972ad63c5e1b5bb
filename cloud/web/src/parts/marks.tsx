// Marks of stage and flood state: colour, shape and letter together, so that no one of them is needed alone.

import type { VNode } from "preact";
import { floodWords, type Stage } from "../words/field";
import { FLOOD_WAVES, type FloodName, STAGE_SHAPES } from "./shapes";

export function StageMark({ stage, big = false }: { stage: Stage; big?: boolean }): VNode {
  return (
    <svg class={`mark stage-${stage}${big ? " big" : ""}`} viewBox="0 0 32 32" aria-hidden="true">
      <path class="shape" d={STAGE_SHAPES[stage] ?? ""} />
      <text x="16" y="21.500">
        {stage || "?"}
      </text>
    </svg>
  );
}

export function FloodMark({ state, big = false }: { state: FloodName; big?: boolean }): VNode {
  const waves = FLOOD_WAVES[state];
  const tops = Array.from({ length: waves }, (_, index) => 16 + (index - (waves - 1) / 2) * 6.5);
  return (
    <svg class={`mark flood flood-${state}${big ? " big" : ""}`} viewBox="0 0 32 32" aria-hidden="true">
      <rect class="shape" x="3" y="3" width="26" height="26" rx="5" />
      {tops.map((y) => (
        <path key={y} class="wave" d={`M7 ${y}q2.250-3 4.500 0t4.500 0 4.500 0 4.500 0`} />
      ))}
      {state === "caution" ? (
        <text x="16" y="21.500">
          ?
        </text>
      ) : null}
    </svg>
  );
}

export function FloodBadge({ state }: { state: FloodName }): VNode {
  return (
    <span class="badge">
      <FloodMark state={state} />
      {floodWords(state)}
    </span>
  );
}
