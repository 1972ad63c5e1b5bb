// Incidents as rows, and the page that lists them.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { city, type Held, type Incident, loaded, useCity } from "../live/city";
import { SelectField } from "../parts/form";
import { Icon } from "../parts/icons";
import { Empty, Loading, Page } from "../parts/layout";
import { now } from "../shell/now";
import {
  categoryWords,
  certaintyWords,
  translate as field,
  severityWords,
  sourceWords,
  taskStateWords,
} from "../words/field";
import { ago, percent } from "../words/format";
import { translate } from "./words";

const GRAVITY = ["severe", "moderate", "minor"];
const MOST = 200;

/** Those that are open, the severest first, then the newest. */
export function openOnes(incidents: Held<Incident>): Incident[] {
  return [...incidents.values()]
    .filter((one) => one.state === "open")
    .sort((a, b) => GRAVITY.indexOf(a.severity) - GRAVITY.indexOf(b.severity) || b.began_at.localeCompare(a.began_at));
}

interface IncidentRowsProps {
  readonly incidents: readonly Incident[];
  /** Which load they come of. */
  readonly of?: "incident" | "severest";
}

export function IncidentRows({ incidents, of = "incident" }: IncidentRowsProps): VNode {
  // Before they have come nobody knows whether there are none.
  if (!loaded.value.has(of)) return <Loading />;
  if (incidents.length === 0) return <Empty>{translate("noIncidents")}</Empty>;
  return (
    <ul class="list" id="incidents">
      {incidents.map((one) => (
        <li key={one.id}>
          <a class={`card edge ${one.severity === "severe" ? "edge-1" : ""}`} href={`/incidents/${one.id}`}>
            <span class="row nofold">
              <Icon name={one.category} />
              <span class="grow">
                <span class="strong">{categoryWords(one.category)}</span> {one.area_name ? `· ${one.area_name}` : ""}
                <br />
                <span class="small soft">
                  {severityWords(one.severity)} · {one.source_kinds.map(sourceWords).join(" + ")} ·{" "}
                  {ago(one.began_at, now.value)}
                </span>{" "}
                {one.certainty === "unverified" || one.certainty === "possible" ? (
                  <span class="tag" data-certainty={one.certainty}>
                    {certaintyWords(one.certainty)}
                  </span>
                ) : null}{" "}
                {one.task_state ? <span class="tag">{taskStateWords(one.task_state)}</span> : null}
              </span>
              <span class="figures nowrap">
                <span class="strong">{percent(one.confidence)}</span>
                <br />
                <span class="small soft">{field("confidence")}</span>
              </span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function Incidents(): VNode {
  useCity("incident");
  const [category, setCategory] = useState("");
  const open = openOnes(city.incident.value);
  const kinds = [...new Set(open.map((one) => one.category))].sort();
  const shown = open.filter((one) => category === "" || one.category === category).slice(0, MOST);
  return (
    <Page title={translate("openIncidents")} width="narrow">
      <SelectField
        label={translate("kind")}
        value={category}
        onValue={setCategory}
        options={[["", field("all")], ...kinds.map((one) => [one, categoryWords(one)] as const)]}
      />
      <IncidentRows incidents={shown} />
    </Page>
  );
}
