// On the widest screens: the curves of the worst gauges and all cameras, beside queue, map and what is chosen.

import type { VNode } from "preact";
import { city, type Gauge } from "../live/city";
import { stageOf } from "../live/reading";
import { Level, Measured } from "../parts/gauge";
import { Empty } from "../parts/layout";
import { LevelChart } from "../parts/levels/LevelChart";
import { StageMark } from "../parts/marks";
import type { Chosen } from "./address";
import { CameraGrid } from "./Cameras";
import { useLevels } from "./levels";
import { highOnes } from "./queue/needs";
import { translate } from "./words";

export const WIDE = "(min-width: 3600px)";
const CURVES = 3;
const NO_OTHERS: readonly Gauge[] = [];

interface WideColumnProps {
  readonly chosen: Chosen | null;
  /** Whether the list beside shows the cameras already. */
  readonly hasCameras: boolean;
  readonly choose: (kind: Chosen["kind"], id: string) => void;
}

export function WideColumn({ chosen, hasCameras, choose }: WideColumnProps): VNode {
  const worst = highOnes([...city.gauge.value.values()]).slice(0, CURVES);
  return (
    <section class="room-wide" aria-label={translate("wideColumn")}>
      <div class="stack">
        <h2>{translate("worstGauges")}</h2>
        {worst.length === 0 ? <Empty>{translate("noHighWater")}</Empty> : null}
        {worst.map((one) => (
          <Curve key={one.id} gauge={one} choose={() => choose("gauge", one.id)} />
        ))}
      </div>
      {hasCameras ? null : (
        <div class="stack">
          <h2>{translate("cameras")}</h2>
          <CameraGrid near={null} chosen={chosen?.id ?? null} choose={(id) => choose("camera", id)} />
        </div>
      )}
    </section>
  );
}

function Curve({ gauge, choose }: { gauge: Gauge; choose: () => void }): VNode {
  const { readings, forecast } = useLevels(gauge);
  return (
    <article class="card stack tight" data-curve={gauge.id}>
      <button type="button" class="button plain row apart nofold" onClick={choose}>
        <StageMark stage={stageOf(gauge)} />
        <span class="strong grow">{gauge.name}</span>
        <Level gauge={gauge} />
      </button>
      <p class="small soft">
        <Measured gauge={gauge} />
      </p>
      {readings ? (
        <LevelChart
          gauge={gauge}
          readings={readings}
          ahead={forecast?.points ?? []}
          others={NO_OTHERS}
          label={translate("hydrograph", { name: gauge.name })}
        />
      ) : null}
    </article>
  );
}
