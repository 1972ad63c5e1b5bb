// The front page: is the water coming?

import type { VNode } from "preact";
import { city, loadError, useCity } from "../live/city";
import { danger } from "../live/reading";
import { GaugeCard } from "../parts/gauge";
import { Failed, Loading, Page } from "../parts/layout";
import { say } from "./words";

export function Water(): VNode {
  useCity("gauge");
  const gauges = [...city.gauge.value.values()].sort((a, b) => danger(a) - danger(b) || a.name.localeCompare(b.name));
  return (
    <Page title={say("waterTitle")}>
      {gauges.length === 0 ? loadError.value ? <Failed error={loadError.value} /> : <Loading /> : null}
      <div class="grid">
        {gauges.map((one) => (
          <GaugeCard key={one.id} gauge={one} />
        ))}
      </div>
    </Page>
  );
}
