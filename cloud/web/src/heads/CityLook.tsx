// The city in one look, for whoever answers for all of it: the water, the worst problems, the roads, the ways to what
// happens now, and how the last day compares with the one before it.

import type { VNode } from "preact";
import { api, request } from "../api/client";
import { bySeverity } from "../control/queue/queue";
import { Icon } from "../parts/icons";
import { Empty, Failed, Loading } from "../parts/layout";
import { Shown, useLoad } from "../parts/load";
import { Headline } from "../public/Headline";
import { IncidentRows } from "../public/incidents";
import { Age } from "../published/Age";
import { INCIDENTS, type Incidents } from "../published/files";
import { usePublished } from "../published/poll";
import { isOld, useCityNow } from "../published/state";
import { RoadRows } from "../roads/RoadRows";
import { useRoads } from "../roads/read";
import { translate as roadWords } from "../roads/words";
import { now } from "../shell/now";
import { useTaskChanges } from "./field";
import { MEASURES, type Measure, valueWords } from "./figures";
import { Moved } from "./Moved";
import { translate } from "./words";

const WORST = 3;
const MOST_ROADS = 3;
const DAY_MS = 86_400_000;
const STEP_MS = 300_000;
const MEASURED: readonly Measure[] = ["complaints", "tasks", "response"];
const LINKS = [
  ["/control?list=cameras", "camera", "liveViews"],
  ["/control?list=officers", "person", "officersNow"],
  ["/map", "map", "mapNow"],
] as const;

export function CityLook(): VNode {
  const { file, error, gauges } = useCityNow();
  return (
    <section class="stack" id="city-look" aria-label={translate("cityNow")}>
      <h2>{translate("cityNow")}</h2>
      {file ? (
        <Headline
          gauges={gauges}
          near={[]}
          warnings={file.alert_count - file.unconfirmed_alert_count}
          unconfirmed={file.unconfirmed_alert_count}
        />
      ) : error ? (
        <Failed error={error} />
      ) : (
        <Loading />
      )}
      <Age of={file} />
      <nav class="city-ways" aria-label={translate("lookCloser")}>
        {LINKS.map(([to, icon, words]) => (
          <a key={to} class="button" href={to}>
            <Icon name={icon} />
            {translate(words)}
          </a>
        ))}
      </nav>
      <div class="heads-halves">
        <section class="stack tight" id="worst">
          <h3>{translate("worst")}</h3>
          <Worst />
        </section>
        <section class="stack tight" id="city-roads">
          <h3>{roadWords("title")}</h3>
          <RoadRows of={useRoads()} most={MOST_ROADS} />
        </section>
      </div>
      <LastDay />
    </section>
  );
}

/** By their category, severity and confidence, as the control room orders them. */
function Worst(): VNode {
  const { content, error } = usePublished<Incidents>(INCIDENTS);
  if (content === null) return error ? <Failed error={error} /> : <Loading />;
  return <IncidentRows incidents={bySeverity(content.incidents).slice(0, WORST)} isOld={isOld(content)} />;
}

function LastDay(): VNode {
  const changes = useTaskChanges();
  const until = Math.floor(now.value / STEP_MS) * STEP_MS;
  const span = { from: new Date(until - DAY_MS).toISOString(), to: new Date(until).toISOString() };
  const figures = useLoad(
    () => request(api.GET("/api/v1/heads/figures", { params: { query: span } })),
    [until, changes],
  );
  return (
    <section class="stack tight" id="last-day">
      <h3>{translate("lastDay")}</h3>
      <Shown of={figures}>
        {({ total, before }) =>
          total.tasks === 0 && before.tasks === 0 ? (
            <Empty>{translate("quietDays")}</Empty>
          ) : (
            <ul class="tiles">
              {MEASURED.filter((one) => one !== "complaints" || total.complaints !== null).map((one) => (
                <li key={one} class="card tile">
                  <span class="huge figures">{valueWords(one, MEASURES[one].of(total))}</span>
                  <span>{translate(one)}</span>
                  <Moved measure={one} now={total} before={before} />
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
    </section>
  );
}
