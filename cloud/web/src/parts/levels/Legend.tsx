// Which line is which: by its dashes as well as by its colour.

import type { VNode } from "preact";
import { DASHES } from "./dashes";

export interface LegendLine {
  readonly words: string;
  readonly look: "own" | "ahead" | 0 | 1 | 2;
}

export function Legend({ lines }: { lines: readonly LegendLine[] }): VNode {
  return (
    <ul class="row legend-lines small">
      {lines.map(({ words, look }) => (
        <li key={words} class="row nofold">
          <svg class={`legend-line look-${look}`} viewBox="0 0 34 8" aria-hidden="true">
            <line
              x1="1"
              x2="33"
              y1="4"
              y2="4"
              stroke-dasharray={look === "ahead" ? "5 5" : look === "own" ? undefined : DASHES[look]?.join(" ")}
            />
          </svg>
          {words}
        </li>
      ))}
    </ul>
  );
}
