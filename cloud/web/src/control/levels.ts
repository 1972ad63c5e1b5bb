// The readings and the forecast of a gauge for its curve, now or as they were at the minute that is replayed.

import { api, request, type Schemas } from "../api/client";
import type { Gauge } from "../live/city";
import { useLoad } from "../parts/load";
import { replay } from "./replay/replay";

interface Levels {
  readonly readings: readonly Schemas["Reading"][] | null;
  readonly forecast: Schemas["Forecast"] | null;
}

export function useLevels(gauge: Gauge): Levels {
  const path = { gauge_id: gauge.id };
  const until = replay.value?.state?.at;
  const query = { limit: 2000, ...(until ? { to: until } : {}) };
  const readings = useLoad(
    () => request(api.GET("/api/v1/gauges/{gauge_id}/readings", { params: { path, query } })),
    [gauge.id, gauge.measured_at, until],
  );
  // What was forecast at a past minute is not shown: the newest forecast knows what came after it.
  const forecast = useLoad(
    async () =>
      replay.value ? null : await request(api.GET("/api/v1/gauges/{gauge_id}/forecast", { params: { path } })),
    [gauge.id, gauge.measured_at, until],
  );
  return { readings: readings.data, forecast: forecast.data };
}
