// Which pump or gate a task to inspect one is about, with its state: on the pages of officers and operators.

import type { VNode } from "preact";
import { api, request } from "../../api/client";
import { Shown, useLoad } from "../../parts/load";
import { AssetCard } from "./AssetCard";
import { translate } from "./words";

export const ASSET_CHECK = "asset_check";
/** Assets within the radius in which problems are one incident, and not much more. */
const NEAR_DEGREES = 30 / 111_195;

export function AssetOfTask({ lat, lon }: { lat: number; lon: number }): VNode {
  const loaded = useLoad(() => request(api.GET("/api/v1/assets")), [lat, lon]);
  return (
    <section class="stack tight" id="asset-of-task">
      <h2>{translate("ofTask")}</h2>
      <Shown of={loaded}>
        {(assets) =>
          assets
            .filter((one) => Math.hypot(one.lat - lat, one.lon - lon) <= NEAR_DEGREES)
            .map((one) => <AssetCard key={one.id} asset={one} />)
        }
      </Shown>
    </section>
  );
}
