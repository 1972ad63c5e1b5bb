// The front page: is the water coming? The worst first, then what is near.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { FloodState, Gauge } from "../live/city";
import { byUrgency, distance, hasReported, stageOf } from "../live/reading";
import { GaugeCard } from "../parts/gauge";
import { Icon } from "../parts/icons";
import { Failed, Loading, Page } from "../parts/layout";
import { FloodMark } from "../parts/marks";
import { Age } from "../published/Age";
import { useCityNow } from "../published/state";
import { canLocate, here, locate, locateAgain } from "../queue/place";
import { homeOf, who } from "../session/session";
import { floodWords } from "../words/field";
import { metres } from "../words/format";
import { AlertBanner } from "./alerts";
import { myArea } from "./coming/mine";
import { Headline } from "./Headline";
import { IncidentRows } from "./incidents";
import { translate } from "./words";

const NEAREST = 3;
const NEAR_METRES = 15_000;
const SHOWN_INCIDENTS = 5;
const WORST: readonly string[] = ["severe", "moderate", "minor", "caution"];

export function Water(): VNode {
  useInstalledHome();
  const { file, error, gauges: all, floods, isOld } = useCityNow();
  const gauges = [...all].sort(byUrgency);
  const near = nearest(gauges);
  const alerts = file?.alerts ?? [];
  // Whoever lives somewhere asks for that first; one that was chosen just now stays where it was chosen.
  const [hasArea] = useState(myArea.value !== null);
  return (
    <Page title={translate("waterTitle")}>
      {hasArea ? <Mine /> : null}
      {file ? (
        <Headline
          gauges={gauges}
          near={near}
          warnings={file.alert_count - file.unconfirmed_alert_count}
          unconfirmed={file.unconfirmed_alert_count}
        />
      ) : error ? (
        <Failed error={error} />
      ) : (
        <Loading />
      )}
      <Age of={file} />
      {hasArea ? null : <Mine />}
      {alerts.map((one, index) => (
        <AlertBanner key={one.id} alert={one} open={index === 0} />
      ))}
      {file && file.alert_count > alerts.length ? (
        <p>
          <a href="/alerts">{translate("allWarnings", { n: file.alert_count })}</a>
        </p>
      ) : null}
      {gauges.length > 0 ? <Near near={near} /> : null}
      <Flooded floods={floods} />
      <div class="row">
        <a class="button main big grow" href="/report">
          <Icon name="report" />
          {translate("reportNow")}
        </a>
        <a class="button big grow" href="/alerts">
          <Icon name="bell" />
          {translate("subscribe")}
        </a>
      </div>
      <AllGauges gauges={gauges} />
      <p>
        <a href="/pumps">{translate("toPumps")}</a>
      </p>
      <section class="stack tight">
        <div class="row apart">
          <h2>{translate("openIncidents")}</h2>
          <a href="/incidents">{translate("allIncidents")}</a>
        </div>
        {file ? <IncidentRows incidents={file.incidents.slice(0, SHOWN_INCIDENTS)} isOld={isOld} /> : <Loading />}
      </section>
    </Page>
  );
}

/** The answer for the reader's own kelurahan; its part of the page is fetched for those who have one or ask for it. */
function Mine(): VNode {
  const [isWanted, setWanted] = useState(myArea.value !== null);
  const [part, setPart] = useState<{ readonly MyArea: () => VNode } | null>(null);
  useEffect(() => {
    if (isWanted) void import("./coming/MyArea").then(setPart);
  }, [isWanted]);
  if (part) return <part.MyArea />;
  return (
    <button
      type="button"
      class="button big wide"
      id="choose-my-area"
      disabled={isWanted}
      onClick={() => setWanted(true)}
    >
      <Icon name="home" />
      {translate("myArea")}
    </button>
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
      {known.length > 0 ? (
        <section class="stack tight">
          <h2>{translate("allGauges")}</h2>
          <Cards gauges={known} />
        </section>
      ) : null}
      {silent.length > 0 ? (
        <details class="stack tight" id="silent">
          <summary class="strong">{translate("silentGauges", { n: silent.length })}</summary>
          <p class="soft">{translate("silentText")}</p>
          <Cards gauges={silent} />
        </details>
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

/** The nearest gauges, or the way to them; whoever asked once and allowed it is not made to ask again. */
function Near({ near }: { near: readonly Gauge[] }): VNode | null {
  const [isRefused, setRefused] = useState(false);
  const spot = here.value;
  useEffect(() => {
    if (!here.value) void locateAgain();
  }, []);
  if (!canLocate()) return null;
  if (!spot) {
    return (
      <div class="stack tight">
        <button
          type="button"
          class="button big wide"
          onClick={() => void locate().then((found) => setRefused(found === null))}
        >
          <Icon name="place" />
          {translate("nearMe")}
        </button>
        {isRefused ? <p class="warn">{translate("noPlace")}</p> : null}
      </div>
    );
  }
  return (
    <section class="stack tight" id="near">
      <h2>{translate("nearTitle")}</h2>
      {near.length === 0 ? <p class="soft">{translate("noneNear")}</p> : null}
      <ul class="grid">
        {near.map((gauge) => (
          <li key={gauge.id} class="stack">
            <GaugeCard gauge={gauge} extra={translate("away", { d: metres(distance(spot, gauge)) })} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/**
 * Those that ever sent data and are not too far to say something of the reader's place, the nearest first: one of which
 * nothing is known now stays, so that its silence does not read as calm.
 */
function nearest(gauges: readonly Gauge[]): readonly Gauge[] {
  const spot = here.value;
  if (!spot) return [];
  return gauges
    .filter((one) => hasReported(one) && distance(spot, one) <= NEAR_METRES)
    .sort((a, b) => distance(spot, a) - distance(spot, b))
    .slice(0, NEAREST);
}

function Flooded({ floods }: { floods: readonly FloodState[] }): VNode | null {
  const states = floods
    .filter((one) => one.state !== "none")
    .sort((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state) || a.area_name.localeCompare(b.area_name));
  if (states.length === 0) return null;
  return (
    <section class="stack tight">
      <h2>{translate("floodedAreas")}</h2>
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
