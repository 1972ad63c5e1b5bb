// The front page: is the water coming? The worst first, then what is near.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { city, type Gauge, loadError, loaded, useCity } from "../live/city";
import { bySight, distance, stageOf } from "../live/reading";
import { GaugeCard } from "../parts/gauge";
import { Icon } from "../parts/icons";
import { Failed, Loading, Page } from "../parts/layout";
import { FloodMark, StageMark } from "../parts/marks";
import { canLocate, here, locate } from "../queue/place";
import { homeOf, who } from "../session/session";
import { floodWords, stageWords } from "../words/field";
import { metres } from "../words/say";
import { AlertBanner, useAlerts } from "./alerts";
import { IncidentRows, openOnes } from "./incidents";
import { say } from "./words";

const NEAREST = 3;
const SHOWN_INCIDENTS = 5;
const SHOWN_ALERTS = 4;
const WORST: readonly string[] = ["severe", "moderate", "minor", "caution"];

export function Water(): VNode {
  useCity("gauge", "flood_state", "incident");
  useInstalledHome();
  const gauges = [...city.gauge.value.values()].sort(bySight);
  const alerts = useAlerts();
  return (
    <Page title={say("waterTitle")}>
      {gauges.length > 0 ? (
        <Headline gauges={gauges} warnings={alerts.data?.length ?? 0} />
      ) : loadError.value ? (
        <Failed error={loadError.value} />
      ) : (
        <Loading />
      )}
      {(alerts.data ?? []).slice(0, SHOWN_ALERTS).map((one, index) => (
        <AlertBanner key={one.id} alert={one} open={index === 0} />
      ))}
      {(alerts.data ?? []).length > SHOWN_ALERTS ? (
        <p>
          <a href="/alerts">{say("allWarnings", { n: (alerts.data ?? []).length })}</a>
        </p>
      ) : null}
      <div class="row">
        <a class="button main big grow" href="/report">
          <Icon name="report" />
          {say("reportNow")}
        </a>
        <a class="button big grow" href="/alerts">
          <Icon name="bell" />
          {say("subscribe")}
        </a>
      </div>
      {gauges.length > 0 ? <Near gauges={gauges} /> : null}
      <Flooded />
      <AllGauges gauges={gauges} />
      <section class="stack tight">
        <div class="row apart">
          <h2>{say("openIncidents")}</h2>
          <a href="/incidents">{say("allIncidents")}</a>
        </div>
        {loaded.value.has("incident") ? (
          <IncidentRows incidents={openOnes(city.incident.value).slice(0, SHOWN_INCIDENTS)} />
        ) : (
          <Loading />
        )}
      </section>
    </Page>
  );
}

/** With data first, the nearest of them on top once the place is known; those without stand last, and say so. */
function AllGauges({ gauges }: { gauges: readonly Gauge[] }): VNode {
  const spot = here.value;
  const known = gauges.filter((one) => stageOf(one) !== 0);
  const silent = gauges.filter((one) => stageOf(one) === 0);
  if (spot) known.sort((a, b) => distance(spot, a) - distance(spot, b));
  return (
    <div class="stack" id="gauges">
      <section class="stack tight">
        <h2>{say("allGauges")}</h2>
        <Cards gauges={known} />
      </section>
      {silent.length > 0 ? (
        <section class="stack tight" id="silent">
          <h2>{say("silentGauges", { n: silent.length })}</h2>
          <p class="soft">{say("silentText")}</p>
          <Cards gauges={silent} />
        </section>
      ) : null}
    </div>
  );
}

function Cards({ gauges }: { gauges: readonly Gauge[] }): VNode {
  return (
    <ul class="grid">
      {gauges.map((one) => (
        <li key={one.id} class="stack">
          <GaugeCard gauge={one} />
        </li>
      ))}
    </ul>
  );
}

/** The installed app opens here; whoever works begins at the own work. */
function useInstalledHome(): void {
  const { query, route } = useLocation();
  const person = who.value;
  useEffect(() => {
    if (query.app && person) route(homeOf(person), true);
  }, [query.app, person, route]);
}

function Headline({ gauges, warnings }: { gauges: readonly Gauge[]; warnings: number }): VNode {
  const known = gauges.map(stageOf).filter((stage) => stage !== 0);
  const worst = known.length > 0 ? Math.min(...known) : 0;
  const there = gauges.filter((one) => stageOf(one) === worst);
  const unknown = gauges.length - known.length;
  const names = there
    .slice(0, 2)
    .map((one) => one.name)
    .join(", ");
  const more = there.length > 2 ? ` ${say("andMore", { n: there.length - 2 })}` : "";
  const text =
    worst === 0
      ? say("noneKnown")
      : worst === 4
        ? say(warnings > 0 ? "calmButWarned" : "calm")
        : say("headline", { stage: stageWords(worst), names: names + more });
  return (
    <div class={`card edge edge-${worst === 4 && warnings > 0 ? 2 : worst}`} id="headline" role="status">
      <div class="row nofold">
        <StageMark stage={worst as 0 | 1 | 2 | 3 | 4} big />
        <div>
          <p class="large">{text}</p>
          {unknown > 0 && worst !== 0 ? <p class="soft">{say("unknownGauges", { n: unknown })}</p> : null}
        </div>
      </div>
    </div>
  );
}

function Near({ gauges }: { gauges: readonly Gauge[] }): VNode | null {
  const [isRefused, setRefused] = useState(false);
  const spot = here.value;
  if (!canLocate()) return null;
  if (!spot) {
    return (
      <div class="stack tight">
        <button type="button" class="button" onClick={() => void locate().then((found) => setRefused(found === null))}>
          <Icon name="place" />
          {say("nearMe")}
        </button>
        {isRefused ? <p class="warn">{say("noPlace")}</p> : null}
      </div>
    );
  }
  const nearest = gauges
    .filter((gauge) => stageOf(gauge) !== 0)
    .map((gauge) => ({ gauge, away: distance(spot, gauge) }))
    .sort((a, b) => a.away - b.away)
    .slice(0, NEAREST);
  return (
    <section class="stack tight">
      <h2>{say("nearTitle")}</h2>
      <ul class="grid">
        {nearest.map(({ gauge, away }) => (
          <li key={gauge.id} class="stack">
            <GaugeCard gauge={gauge} extra={say("away", { d: metres(away) })} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Flooded(): VNode | null {
  const states = [...city.flood_state.value.values()]
    .filter((one) => one.state !== "none")
    .sort((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state) || a.area_name.localeCompare(b.area_name));
  if (states.length === 0) return null;
  return (
    <section class="stack tight">
      <h2>{say("floodedAreas")}</h2>
      <ul class="grid">
        {states.map((one) => (
          <li key={one.area_id} class="stack">
            <a class="card" href={`/areas/${encodeURIComponent(one.area_id)}`}>
              <span class="row nofold">
                <FloodMark state={one.state} />
                <span>
                  <span class="strong">{one.area_name}</span>
                  <br />
                  <span class="small">{floodWords(one.state)}</span>
                </span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
