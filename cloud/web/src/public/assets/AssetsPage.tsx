// Pumps and gates of the city: which are to be inspected, of which nothing is known, and what the others do.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, request } from "../../api/client";
import { Icon } from "../../parts/icons";
import { Empty, Page } from "../../parts/layout";
import { Shown, useLoad } from "../../parts/load";
import { role } from "../../session/session";
import { now } from "../../shell/now";
import { number } from "../../words/format";
import { AssetCard } from "./AssetCard";
import { RecordDialog } from "./RecordDialog";
import { type Asset, byNeed, countOf } from "./state";
import { translate } from "./words";

const RELOAD_MS = 60_000;
const MAY_RECORD: readonly (string | null)[] = ["officer", "area_head", "agency_head", "operator", "admin"];

export function AssetsPage(): VNode {
  const loaded = useLoad(() => request(api.GET("/api/v1/assets")), []);
  useEffect(() => {
    const timer = setInterval(loaded.again, RELOAD_MS);
    return () => clearInterval(timer);
  }, [loaded.again]);
  return (
    <Page title={translate("title")} intro={translate("intro")}>
      <Shown of={loaded}>{(assets) => <Content assets={assets} again={loaded.again} />}</Shown>
    </Page>
  );
}

function Content({ assets, again }: { assets: readonly Asset[]; again: () => void }): VNode {
  if (assets.length === 0) return <Empty>{translate("nothing")}</Empty>;
  const { well, bad, unknown } = countOf(assets, now.value);
  const count = { n: number(well), bad: number(bad), unknown: number(unknown) };
  return (
    <>
      <p class="large" id="summary">
        {translate("summary", count)}
      </p>
      {(["pump", "gate"] as const).map((kind) => (
        <Group key={kind} kind={kind} assets={assets.filter((one) => one.kind === kind)} again={again} />
      ))}
    </>
  );
}

function Group(props: { kind: "pump" | "gate"; assets: readonly Asset[]; again: () => void }): VNode | null {
  const { kind, assets, again } = props;
  if (assets.length === 0) return null;
  return (
    <section class="stack tight">
      <h2>{translate(kind === "pump" ? "pumps" : "gates")}</h2>
      <ul class="grid">
        {[...assets].sort(byNeed(now.value)).map((one) => (
          <li key={one.id} class="stack">
            <AssetCard asset={one} />
            {MAY_RECORD.includes(role.value) ? <RecordButton asset={one} again={again} /> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function RecordButton({ asset, again }: { asset: Asset; again: () => void }): VNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        class="button"
        aria-label={`${translate("record")}: ${asset.name}`}
        onClick={() => setOpen(true)}
      >
        <Icon name="check" />
        {translate("record")}
      </button>
      {isOpen ? <RecordDialog asset={asset} onClose={() => setOpen(false)} recorded={again} /> : null}
    </>
  );
}
