// How often a camera is right about a hazard and how often it notices one: never a share without its count.

import type { VNode } from "preact";
import { api, request, type Schemas } from "../api/client";
import { Banner, Facts } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { role } from "../session/session";
import { categoryWords } from "../words/field";
import { dateAndTime, number, percent } from "../words/format";
import { translate } from "./words";

type Rate = Schemas["AccuracyRate"];
type Held = Schemas["CameraAccuracy"];

export function Accuracy({ id }: { id: string }): VNode {
  const held = useLoad(() => request(api.GET("/api/v1/accuracy", { params: { query: { camera: id } } })), [id]);
  return (
    <section class="stack tight" id="accuracy">
      <h3>{translate("accuracy")}</h3>
      <Shown of={held}>
        {(found) => (
          <>
            {found.map((one) => (
              <Suspension key={one.hazard} held={one} />
            ))}
            {found.length === 0 ? (
              <p class="soft">{translate("notKnownYet")}</p>
            ) : (
              <Facts rows={found.flatMap(rowsOf)} />
            )}
          </>
        )}
      </Shown>
      {role.value === "operator" || role.value === "admin" ? (
        <a class="button" href="/control/samples">
          {translate("judgeSample")}
        </a>
      ) : null}
    </section>
  );
}

function Suspension({ held }: { held: Held }): VNode | null {
  if (held.suspended_since === null) return null;
  const t = dateAndTime(held.suspended_since);
  return (
    <Banner kind="warn" icon="warning">
      {translate("noOwnTasks", { hazard: categoryWords(held.hazard), t })}
    </Banner>
  );
}

const rowsOf = (held: Held): readonly (readonly [string, string])[] => [
  [`${categoryWords(held.hazard)}: ${translate("precision")}`, words(held.precision)],
  [`${categoryWords(held.hazard)}: ${translate("recall")}`, words(held.recall)],
];

function words({ count, of, share, low, high }: Rate): string {
  const counts = translate("countOf", { n: number(count), of: number(of) });
  if (share === null) return `${translate("notKnownYet")} (${counts})`;
  return `${percent(share)} (${percent(low)}–${percent(high)}), ${counts}`;
}
