// What is known already near the place of a report, before it is sent: with its image and distance, to be joined by a tap.

import type { VNode } from "preact";
import { api, request, type Schemas } from "../api/client";
import type { Spot } from "../live/reading";
import { Icon } from "../parts/icons";
import { Banner } from "../parts/layout";
import { useLoad } from "../parts/load";
import { ago, metres, number } from "../words/format";
import { language } from "../words/language";
import { MeToo } from "./MeToo";
import { translate } from "./words";

type LookAlike = Schemas["DuplicateCandidate"];

interface LookAlikesProps {
  readonly category: string;
  readonly place: Spot | null;
  readonly photos: readonly Blob[];
  readonly onJoined: (id: string) => void;
}

export function LookAlikes({ category, place, photos, onJoined }: LookAlikesProps): VNode | null {
  const found = useLoad<readonly LookAlike[]>(
    async () => (category === "" || place === null ? [] : known(category, place)),
    [category, place?.lat, place?.lon, language.value],
  );
  if (!found.data || found.data.length === 0) return null;
  return (
    <Banner kind="warn">
      <p class="strong">{translate("lookAlikes")}</p>
      <p>{translate("lookAlikesText")}</p>
      <ul class="list" id="look-alikes">
        {found.data.map((one) => (
          <li key={one.incident_id} class="card">
            <OneAlike one={one} />
            <MeToo
              incidentId={one.incident_id}
              number={one.number}
              category={one.category}
              spot={place}
              photos={photos}
              onSent={onJoined}
            />
          </li>
        ))}
      </ul>
    </Banner>
  );
}

/** Without a signal nothing is known, and the report is sent all the same. */
const known = (category: string, place: Spot): Promise<readonly LookAlike[]> =>
  request(api.GET("/api/v1/duplicate-candidates", { params: { query: { category, ...place, lang: language.value } } }));

function OneAlike({ one }: { one: LookAlike }): VNode {
  return (
    <a class="look-alike" href={`/incidents/${one.incident_id}`}>
      {one.photo ? (
        <img src={one.photo} alt={one.category_name} loading="lazy" />
      ) : (
        <span class="no-picture">
          <Icon name={one.category} />
        </span>
      )}
      <span>
        <span class="strong">
          {one.category_name} #{one.number}
        </span>
        <br />
        {one.distance_m > 0 ? translate("alikeAway", { d: metres(one.distance_m) }) : translate("alikeHere")}
        {one.area_name ? ` · ${one.area_name}` : ""}
        <br />
        <span class="small soft">
          {ago(one.began_at)} · {translate("alikeReports", { n: number(one.reports) })}
        </span>
      </span>
    </a>
  );
}
