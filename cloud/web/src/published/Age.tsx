// How old what is shown is; and, where that is too old, that nobody knows how things are now.

import type { VNode } from "preact";
import { Banner, Empty } from "../parts/layout";
import { ago, dateAndTime, timeOfDay } from "../words/format";
import type { Stamped } from "./files";
import { ageOf, isOld } from "./state";
import { translate } from "./words";

const DAY_MS = 86_400_000;

export function Age({ of }: { of: Stamped | null }): VNode | null {
  if (of === null) return null;
  const age = ageOf(of);
  const t = age < DAY_MS ? timeOfDay(of.generated_at) : dateAndTime(of.generated_at);
  const values = { t, ago: ago(of.generated_at, Date.parse(of.generated_at) + age) };
  if (!isOld(of))
    return (
      <p class="small soft" id="age">
        {translate("stateAt", values)}
      </p>
    );
  return (
    <div id="age">
      <Banner kind="warn" icon="clock">
        <p class="strong">{translate("oldTitle", values)}</p>
        <p>{translate("oldText")}</p>
      </Banner>
    </div>
  );
}

/** Instead of "there is none", where what is shown is too old to say that. */
export const NotKnownNow = (): VNode => <Empty>{translate("notKnownNow")}</Empty>;
