// How a measure moved against the span before: an arrow and words, and only then a colour.

import type { VNode } from "preact";
import { Icon } from "../parts/icons";
import { type Figure, fairChange, type Measure } from "./figures";

export function Moved(props: { measure: Measure; now: Figure; before: Figure }): VNode | null {
  const moved = fairChange(props.measure, props.now, props.before);
  if (!moved) return null;
  return (
    <span class={`small row nofold moved ${moved.kind}`}>
      <Icon name={moved.direction} />
      {moved.words}
    </span>
  );
}
