// One area: is it warned, is it flooded, what is open there, and what else is known of it.

import type { VNode } from "preact";
import { useRoute } from "preact-iso";
import { api, request } from "../api/client";
import { city, useCity } from "../live/city";
import { byUrgency } from "../live/reading";
import { GaugeCard } from "../parts/gauge";
import { Icon } from "../parts/icons";
import { Facts, Page } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { FloodBadge } from "../parts/marks";
import { now } from "../shell/now";
import { floodWords } from "../words/field";
import { ago, number } from "../words/format";
import { language } from "../words/language";
import { AlertBanner } from "./alerts";
import { IncidentRows, openOnes } from "./incidents";
import { statisticWords, translate } from "./words";

export function AreaPage(): VNode {
  const id = useRoute().params.id ?? "";
  useCity("gauge", "incident", "flood_state");
  const state = city.flood_state.value.get(id)?.state;
  const path = { area_id: id };
  const lang = language.value;
  const context = useLoad(
    () => request(api.GET("/api/v1/areas/{area_id}/context", { params: { path, query: { lang } } })),
    [id, lang],
  );
  const flood = useLoad(
    () => request(api.GET("/api/v1/areas/{area_id}/flood-state", { params: { path } })),
    [id, state],
  );
  const alert = useLoad(
    () => request(api.GET("/api/v1/areas/{area_id}/alert", { params: { path, query: { lang } } })),
    [id, lang],
  );
  const here = openOnes(city.incident.value).filter((one) => one.area_id === id);
  return (
    <Shown of={context}>
      {(area) => (
        <Page
          title={area.name}
          intro={area.parent_name}
          width="narrow"
          tools={
            <a class="button" href={`/alerts?area=${encodeURIComponent(id)}`}>
              <Icon name="bell" />
              {translate("subscribe")}
            </a>
          }
        >
          {alert.data?.alert ? <AlertBanner alert={alert.data.alert} /> : <p class="soft">{translate("noAlert")}</p>}
          <section class="card">
            <h2>{translate("floodState")}</h2>
            <Shown of={flood}>
              {(one) => (
                <div class="stack tight">
                  <p>
                    <FloodBadge state={one.state} />{" "}
                    {one.since ? (
                      <span class="small soft">{translate("since", { t: ago(one.since, now.value) })}</span>
                    ) : null}
                    {one.manual ? <span class="tag">{translate("byHand")}</span> : null}
                  </p>
                  {one.evidence.length > 0 ? <h3>{translate("evidence")}</h3> : null}
                  {one.evidence.map((proof) => (
                    <p key={proof.kind + proof.id} class="small">
                      {floodWords(proof.state)} · {proof.why} · {ago(proof.observed_at, now.value)}
                    </p>
                  ))}
                </div>
              )}
            </Shown>
          </section>
          <Gauges ids={area.gauges} />
          <section class="stack tight">
            <h2>{translate("openIncidents")}</h2>
            <IncidentRows incidents={here} />
          </section>
          {area.statistics.length > 0 ? (
            <section class="card">
              <h2>{translate("statistics")}</h2>
              <Facts rows={area.statistics.map((one) => [statisticWords(one.name), number(one.value)] as const)} />
              <p class="small soft">
                {translate("attribution", { who: [...new Set(area.statistics.map((one) => one.source))].join(", ") })}
              </p>
            </section>
          ) : null}
          {area.layers.length > 0 ? (
            <section class="card">
              <h2>{translate("placesHere")}</h2>
              <Facts rows={area.layers.map((one) => [one.title, number(one.count)] as const)} />
            </section>
          ) : null}
        </Page>
      )}
    </Shown>
  );
}

const MOST_GAUGES = 6;

/** The gauges whose water comes here, the worst first. */
function Gauges({ ids }: { ids: readonly string[] }): VNode | null {
  const known = city.gauge.value;
  const here = ids.flatMap((id) => known.get(id) ?? []).sort(byUrgency);
  if (here.length === 0) return null;
  return (
    <section class="stack tight" id="area-gauges">
      <h2>{translate("areaGauges")}</h2>
      <ul class="grid">
        {here.slice(0, MOST_GAUGES).map((one) => (
          <li key={one.id} class="stack">
            <GaugeCard gauge={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}
