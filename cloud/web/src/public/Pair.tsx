// Before and after: whose photo, when, and that nobody can be recognised on it. What is not shown is said, not left out.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import { now } from "../shell/now";
import { dateAndTime, timeOfDay } from "../words/format";
import { redactionReasonWords, translate } from "./words";

type ProofPair = Schemas["ProofPair"];
type Image = Schemas["ProofImage"];

/** `forStaff`: the images are originals, so each says what the public sees of it. */
export function Pair({ pair, forStaff = false }: { pair: ProofPair | undefined; forStaff?: boolean }): VNode | null {
  if (!pair) return null;
  const { before = [], after = [], waiting = 0, hidden = 0 } = pair;
  const [first, last] = [before[0], after[0]];
  if (!first && !last && waiting + hidden === 0) return null;
  return (
    <section class="stack tight" id="pair" aria-label={translate("pair")}>
      {first || last ? (
        <div class="pair">
          {first ? <Captioned image={first} side="before" forStaff={forStaff} /> : <span />}
          {last ? <Captioned image={last} side="after" forStaff={forStaff} /> : <span />}
        </div>
      ) : null}
      {!forStaff && (first || last) ? <p class="small soft">{translate("redacted")}</p> : null}
      {waiting > 0 ? <p class="small soft">{translate("redactionWaits", { n: waiting })}</p> : null}
      {hidden > 0 ? <p class="small soft">{translate("redactionFailed", { n: hidden })}</p> : null}
    </section>
  );
}

function Captioned({ image, side, forStaff }: { image: Image; side: "before" | "after"; forStaff: boolean }): VNode {
  const words = caption(image, side);
  return (
    <figure>
      <img src={image.url} alt={words} loading="lazy" />
      <figcaption class="small">
        {words}
        {forStaff ? <PublicView image={image} /> : null}
      </figcaption>
    </figure>
  );
}

function PublicView({ image }: { image: Image }): VNode {
  return (
    <span class="soft">
      <br />
      {image.public_url ? (
        <a href={image.public_url}>{translate("publicCopy")}</a>
      ) : (
        translate("publicNothing", { why: redactionReasonWords(image.redaction_reason ?? image.redaction) })
      )}
    </span>
  );
}

/** A camera states its own time; of a person's photo we know for sure only when it came. */
function caption(image: Image, side: "before" | "after"): string {
  const at = image.by === "camera" ? image.taken_at : image.received_at;
  const isToday = new Date(at).toDateString() === new Date(now.value).toDateString();
  return translate(`${side}_${image.by}`, { t: isToday ? timeOfDay(at) : dateAndTime(at) });
}
