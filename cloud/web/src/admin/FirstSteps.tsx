// A city on its first days: what to do first, in order, as long as something of it is missing.

import type { VNode } from "preact";
import type { Schemas } from "../api/client";
import { city, loaded, useCity } from "../live/city";
import { Icon } from "../parts/icons";
import { translate } from "./words";
import { translate as start } from "./words-start";

interface Step {
  readonly words: "stepAgencies" | "stepPeople" | "stepNodes" | "stepGauges" | "stepCameras" | "stepZones";
  readonly to: string;
  readonly isDone: boolean;
}

interface Known {
  readonly book: Schemas["AgencyPage"] | null;
  readonly fleet: Schemas["FleetNodePage"] | null;
  readonly drawings: readonly Schemas["DrawingSummary"][] | null;
}

export function FirstSteps(known: Known): VNode | null {
  useCity("gauge");
  useCity("camera");
  const steps = stepsOf(known);
  if (steps === null || steps.every((one) => one.isDone)) return null;
  return (
    <section class="stack tight card" id="first-steps" aria-label={translate("firstSteps")}>
      <h2>{translate("firstSteps")}</h2>
      <p class="soft">{translate("firstStepsIntro")}</p>
      <ol class="list">
        {steps.map(({ words, to, isDone }) => (
          <li key={words} class="row nofold" data-done={isDone}>
            <span class={isDone ? "good" : "soft"}>
              <Icon name={isDone ? "check" : "next"} />
            </span>
            <span>
              <a href={to}>{translate(words)}</a>{" "}
              {isDone ? <span class="small good">{translate("stepDone")}</span> : null}
            </span>
          </li>
        ))}
      </ol>
      <p>
        <a href="/admin/start">{start("wholeChecklist")}</a>
      </p>
    </section>
  );
}

/** null while it is not known what there is. */
function stepsOf({ book, fleet, drawings }: Known): readonly Step[] | null {
  if (!book || !fleet || !drawings || !loaded.value.has("gauge") || !loaded.value.has("camera")) return null;
  const cameras = [...city.camera.value.values()];
  const hasZones = drawings.length > 0 || cameras.some((one) => (one.zones ?? []).length > 0);
  return [
    { words: "stepAgencies", to: "/admin/agencies", isDone: book.unrouted.length === 0 },
    { words: "stepPeople", to: "/admin/users", isDone: book.agencies.some((one) => one.people > 0) },
    { words: "stepNodes", to: "/admin/nodes", isDone: fleet.nodes.length > 0 },
    { words: "stepGauges", to: "/admin/sites?part=gauges", isDone: city.gauge.value.size > 0 },
    { words: "stepCameras", to: "/admin/sites", isDone: cameras.length > 0 },
    { words: "stepZones", to: "/admin/sites", isDone: hasZones },
  ];
}
