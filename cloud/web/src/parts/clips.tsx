// Clips of a camera's events: what an image cannot show, that something stands. For staff; nobody can be recognised.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import { translate } from "../words/field";
import { dateAndTime, number } from "../words/format";

type Clip = Schemas["EventClip"];

export function Clips({ clips }: { clips: readonly Clip[] | undefined }): VNode | null {
  if (!clips || clips.length === 0) return null;
  return (
    <div class="clips">
      {clips.map((one) => (
        <figure key={one.url}>
          <video src={one.url} aria-label={caption(one)} controls muted playsInline preload="metadata" />
          <figcaption class="small">{caption(one)}</figcaption>
        </figure>
      ))}
    </div>
  );
}

const caption = (one: Clip): string =>
  translate(one.role === "departure" ? "clipEnded" : "clipBegan", {
    t: dateAndTime(one.began_at),
    n: number(Math.round(one.duration_seconds)),
  });
