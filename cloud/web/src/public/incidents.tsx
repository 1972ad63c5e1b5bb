// Incidents as rows, and the page that lists them.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Incident } from "../live/city";
import { SelectField } from "../parts/form";
import { Icon } from "../parts/icons";
import { Empty, Failed, Loading, Page } from "../parts/layout";
import { Age, NotKnownNow } from "../published/Age";
import { INCIDENTS, type Incidents as IncidentsFile } from "../published/files";
import { usePublished } from "../published/poll";
import { isOld } from "../published/state";
import { now } from "../shell/now";
import { sureWords } from "../words/degree";
import {
  categoryWords,
  certaintyWords,
  translate as field,
  severityWords,
  sourceWords,
  taskStateWords,
} from "../words/field";
import { ago } from "../words/format";
import { translate } from "./words";

const MOST = 200;

interface IncidentRowsProps {
  readonly incidents: readonly Incident[];
  /** Too old to say that there are none. */
  readonly isOld: boolean;
}

export function IncidentRows({ incidents, isOld }: IncidentRowsProps): VNode {
  if (incidents.length === 0) return isOld ? <NotKnownNow /> : <Empty>{translate("noIncidents")}</Empty>;
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
              <span class="nowrap">{sureWords(one.confidence)}</span>
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

export function Incidents(): VNode {
  const { content: file, error } = usePublished<IncidentsFile>(INCIDENTS);
  const [category, setCategory] = useState("");
  const open = file?.incidents ?? [];
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
      <Age of={file} />
      {file ? <IncidentRows incidents={shown} isOld={isOld(file)} /> : error ? <Failed error={error} /> : <Loading />}
    </Page>
  );
}
