// One area: is it warned, is it flooded, what is open there, and what else is known of it.

import type { VNode } from "preact";
import { useRoute } from "preact-iso";
import type { Gauge } from "../live/city";
import { byUrgency } from "../live/reading";
import { GaugeCard } from "../parts/gauge";
import { Icon } from "../parts/icons";
import { Facts, Failed, Loading, Page } from "../parts/layout";
import { FloodBadge } from "../parts/marks";
import { Age, NotKnownNow } from "../published/Age";
import { type Area, areaFile } from "../published/files";
import { usePublished } from "../published/poll";
import { isOld, useCityNow } from "../published/state";
import { NotFound } from "../shell/NotFound";
import { now } from "../shell/now";
import { floodWords } from "../words/field";
import { ago, number } from "../words/format";
import { either } from "../words/language";
import { AlertBanner } from "./alerts";
import { Coming } from "./coming/Coming";
import { myArea, rememberArea } from "./coming/mine";
import { translate as coming } from "./coming/words";
import { IncidentRows } from "./incidents";
import { statisticWords, translate } from "./words";

export function AreaPage(): VNode {
  const id = useRoute().params.id ?? "";
  const { content: area, error } = usePublished<Area>(areaFile(id));
  const { gauges } = useCityNow();
  if (area === null) {
    if (error?.status === 404) return <NotFound />;
    return error ? <Failed error={error} /> : <Loading />;
  }
  return <Content area={area} gauges={gauges} />;
}

function Content({ area, gauges }: { area: Area; gauges: readonly Gauge[] }): VNode {
  const old = isOld(area);
  return (
    <Page title={area.name} intro={area.parent_name} width="narrow">
      <Age of={area} />
      <Warned area={area} old={old} />
      <Coming area={area} gauges={gauges} old={old} />
      <Remember id={area.id} />
      <Flooded area={area} old={old} />
      <Gauges ids={area.gauges} gauges={gauges} />
      <section class="stack tight">
        <h2>{translate("openIncidents")}</h2>
        <IncidentRows incidents={area.incidents} isOld={old} />
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
          <Facts rows={area.layers.map((one) => [either(one.title_id, one.title_en), number(one.count)] as const)} />
        </section>
      ) : null}
    </Page>
  );
}

/** Whoever lives here has the answer on the front page from then on. */
function Remember({ id }: { id: string }): VNode {
  const isMine = myArea.value === id;
  return (
    <button
      type="button"
      class="button"
      id="my-area"
      aria-pressed={isMine}
      onClick={() => rememberArea(isMine ? null : id)}
    >
      <Icon name={isMine ? "check" : "home"} />
      {coming(isMine ? "forget" : "remember")}
    </button>
  );
}

function Warned({ area, old }: { area: Area; old: boolean }): VNode {
  if (area.alert) return <AlertBanner alert={area.alert} />;
  return old ? <NotKnownNow /> : <p class="soft">{translate("noAlert")}</p>;
}

function Flooded({ area: { flood }, old }: { area: Area; old: boolean }): VNode {
  return (
    <section class="card">
      <h2>{translate("floodState")}</h2>
      <div class="stack tight">
        {old && flood.state === "none" ? (
          <NotKnownNow />
        ) : (
          <p>
            <FloodBadge state={flood.state} />{" "}
            {flood.since ? (
              <span class="small soft">{translate("since", { t: ago(flood.since, now.value) })}</span>
            ) : null}
            {flood.manual ? <span class="tag">{translate("byHand")}</span> : null}
          </p>
        )}
        {flood.evidence.length > 0 ? <h3>{translate("evidence")}</h3> : null}
        {flood.evidence.map((proof) => (
          <p key={proof.kind + proof.id} class="small">
            {floodWords(proof.state)} · {proof.why} · {ago(proof.observed_at, now.value)}
          </p>
        ))}
      </div>
    </section>
  );
}

const MOST_GAUGES = 6;

/** The gauges whose water comes here, the worst first. */
function Gauges({ ids, gauges }: { ids: readonly string[]; gauges: readonly Gauge[] }): VNode | null {
  const here = gauges.filter((one) => ids.includes(one.id)).sort(byUrgency);
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
