// One gauge: now, the last day, the hours ahead, and what its water means further down.

import type { VNode } from "preact";
import { useRoute } from "preact-iso";
import type { Schemas } from "../api/client";
import type { Gauge } from "../live/city";
import { stageOf } from "../live/reading";
import { Level, LevelBar, Measured, Trend } from "../parts/gauge";
import { Icon } from "../parts/icons";
import { Banner, Facts, Failed, Loading, Page } from "../parts/layout";
import { LevelChart } from "../parts/levels/LevelChart";
import { StageMark } from "../parts/marks";
import { Age } from "../published/Age";
import { type Series, seriesFile } from "../published/files";
import { usePublished } from "../published/poll";
import { type City, isOld, useCityNow } from "../published/state";
import { NotFound } from "../shell/NotFound";
import { now } from "../shell/now";
import { stageWords } from "../words/field";
import { ago, dateAndTime, number, span, timeOfDay } from "../words/format";
import { inputsOf } from "./forecast-inputs";
import { forecastReason, translate } from "./words";

type Forecast = Schemas["Forecast"];

export function GaugePage(): VNode {
  const id = useRoute().params.id ?? "";
  const city = useCityNow();
  const gauge = city.gauges.find((one) => one.id === id);
  if (!gauge) {
    if (city.file) return <NotFound />;
    return city.error ? <Failed error={city.error} /> : <Loading />;
  }
  return <Shown gauge={gauge} city={city} />;
}

function Shown({ gauge, city }: { gauge: Gauge; city: City }): VNode {
  const { content: series } = usePublished<Series>(seriesFile(gauge.id));
  const readings = series?.readings ?? [];
  const forecast = series && !isOld(series) ? series.forecast : null;
  const stage = stageOf(gauge);
  const below = city.gauges.find((one) => one.id === gauge.downstream_id);
  const limits = [
    [3, gauge.s3_cm],
    [2, gauge.s2_cm],
    [1, gauge.s1_cm],
  ] as const;
  const usual = series?.history.usual;
  const ahead = forecast?.points ?? [];
  return (
    <Page
      title={gauge.name}
      tools={
        <a class="button" href={`/alerts?gauge=${encodeURIComponent(gauge.id)}`}>
          <Icon name="bell" />
          {translate("subscribe")}
        </a>
      }
    >
      <Age of={city.file} />
      <div class={`card edge edge-${stage}`}>
        <div class="row apart">
          <div class="row nofold">
            <StageMark stage={stage} big />
            <div>
              <p class="large">{stageWords(stage)}</p>
              <p class="small soft">
                <Measured gauge={gauge} />
              </p>
            </div>
          </div>
          <div>
            <Level gauge={gauge} />
            <Trend gauge={gauge} />
          </div>
        </div>
        <LevelBar gauge={gauge} />
      </div>
      {forecast ? <Ahead forecast={forecast} stage={stage} /> : null}
      <section class="card">
        <h2>{translate("last24")}</h2>
        {series ? (
          <LevelChart
            gauge={gauge}
            readings={readings}
            ahead={ahead}
            others={city.gauges.filter((one) => one.id !== gauge.id)}
            label={labelOf(gauge, readings, ahead)}
          />
        ) : null}
        {forecast?.made_at ? (
          <p class="small soft" id="forecast-basis">
            {[translate("forecastAt", { t: ago(forecast.made_at, now.value) }), ...inputsOf(forecast)].join(", ")}
          </p>
        ) : null}
      </section>
      {below && gauge.travel_minutes ? (
        <p>
          <Icon name="route" />{" "}
          <a href={`/gauges/${encodeURIComponent(below.id)}`}>
            {translate("reaches", { name: below.name, t: span(gauge.travel_minutes * 60) })}
          </a>
        </p>
      ) : null}
      <section class="card">
        <Facts
          rows={[
            [translate("river"), gauge.river],
            [
              translate("area"),
              gauge.area_id ? <a href={`/areas/${encodeURIComponent(gauge.area_id)}`}>{gauge.area_name}</a> : null,
            ],
            ...limits.map(
              ([one, cm]) => [stageWords(one), cm === null ? null : translate("from", { cm: number(cm) })] as const,
            ),
            [
              translate("usual"),
              usual ? translate("usualRange", { low: number(usual.low_cm), high: number(usual.high_cm) }) : null,
            ],
            [
              translate("record"),
              usual ? translate("recordAt", { cm: number(usual.record_cm), t: dateAndTime(usual.record_at) }) : null,
            ],
          ]}
        />
      </section>
    </Page>
  );
}

function labelOf(
  gauge: Gauge,
  readings: readonly Schemas["Reading"][],
  ahead: readonly Schemas["ForecastPoint"][],
): string {
  const [first, last, end] = [readings[0], readings[readings.length - 1], ahead[ahead.length - 1]];
  const formatLevel = (cm: number | null | undefined): string =>
    cm === null || cm === undefined ? "–" : `${number(cm)} cm`;
  return translate("readingsOf", {
    name: gauge.name,
    from: formatLevel(first?.level_cm),
    to: formatLevel(last?.level_cm),
    ahead: formatLevel(end?.level_cm),
  });
}

function Ahead({ forecast, stage }: { forecast: Forecast; stage: number }): VNode | null {
  if (forecast.points.length === 0) {
    return (
      <p class="soft">
        {translate("noForecast")}
        {forecast.reason ? `: ${forecastReason(forecast.reason)}` : ""}
      </p>
    );
  }
  // Only what would be worse than now.
  const coming = forecast.arrivals.filter((one) => stage === 0 || one.stage < stage);
  // Nothing calm is said while the level is unknown.
  if (coming.length === 0 && stage === 0) return null;
  if (coming.length === 0)
    return (
      <Banner kind="good" icon="check">
        {translate("noArrival")}
      </Banner>
    );
  return (
    <Banner kind="warn" icon="clock">
      {coming.map((one) => (
        <p key={one.stage}>{arrivalWords(one)}</p>
      ))}
    </Banner>
  );
}

/** Most likely when, and within which span; a band whose end lies beyond the forecast has none. */
function arrivalWords({ stage, at, earliest_at, latest_at }: Schemas["StageArrival"]): string {
  const values = { stage: stageWords(stage), a: timeOfDay(earliest_at) };
  if (!at) return translate("mayArrive", values);
  if (latest_at && timeOfDay(latest_at) === values.a) return translate("arrivesAt", { ...values, t: timeOfDay(at) });
  return latest_at
    ? translate("arrives", { ...values, t: timeOfDay(at), b: timeOfDay(latest_at) })
    : translate("arrivesFrom", { ...values, t: timeOfDay(at) });
}
