// The parts of the style page that show data: icons, gauges, tables, tiles, bars, roads, and what opens over a page.

import "../heads/heads.css";
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { HAZARD_ICONS } from "../api/registries";
import { BarLegend, ShareBar, SparkBars } from "../parts/bars";
import { Confirm } from "../parts/confirm";
import { Icon } from "../parts/icons";
import { ShareButton } from "../parts/share";
import { type Column, Table } from "../parts/table";
import { toast } from "../parts/toasts";
import { RoadRow } from "../roads/RoadRows";
import { categoryWords } from "../words/field";
import { number } from "../words/format";
import { translate } from "./words";

interface Sample {
  readonly name: string;
  readonly value: number;
}

const SAMPLES: readonly Sample[] = [
  { name: "A", value: 862 },
  { name: "B", value: 455 },
];
const VALUES = [1, 3, 2, 5, 8, 6] as const;
const ROADS = (["closed", "flooded", "blocked", "jam"] as const).map((kind) => ({
  key: kind,
  kind,
  street: "Jalan Raya",
  line: [],
  seenAt: new Date().toISOString(),
  depthCm: kind === "closed" ? 45 : null,
  isSeenNow: true,
  speedKmh: kind === "jam" ? 6 : null,
  lengthM: kind === "jam" || kind === "blocked" ? 780 : null,
  delaySeconds: null,
  incidentId: null,
}));

export function MoreParts({ name }: { name: string }): VNode {
  const columns: readonly Column<Sample>[] = [
    { id: "name", head: translate("sample"), cell: (row) => row.name, sortBy: (row) => row.name, isName: true },
    { id: "value", head: "cm", cell: (row) => number(row.value), sortBy: (row) => row.value, isNumber: true },
  ];
  return (
    <>
      <ul class="row" aria-label={translate("icons")}>
        {Object.keys(HAZARD_ICONS).map((one) => (
          <li key={one} class="row nofold">
            <Icon name={one} /> <span class="small">{categoryWords(one)}</span>
          </li>
        ))}
      </ul>
      <Table caption={`${translate("table")} ${name}`} columns={columns} rows={SAMPLES} keyOf={(row) => row.name} />
      <ul class="tiles">
        {SAMPLES.map((one) => (
          <li key={one.name} class="card tile">
            <span class="huge figures">{number(one.value)}</span>
            <span>{one.name}</span>
          </li>
        ))}
      </ul>
      <SparkBars values={VALUES} top={Math.max(...VALUES)} label={translate("bars")} />
      <ShareBar share={0.7} />
      <BarLegend
        items={[
          ["full", "A"],
          ["hatched", "B"],
          ["hollow", "C"],
        ]}
      />
      <ul class="list" aria-label={translate("roads")}>
        {ROADS.map((one) => (
          <RoadRow key={one.key} road={one} />
        ))}
      </ul>
      <Over />
    </>
  );
}

/** What opens over a page. */
function Over(): VNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <div class="row">
      <button type="button" class="button" onClick={() => setOpen(true)}>
        {translate("dialog")}
      </button>
      <button type="button" class="button" onClick={() => toast(translate("good"), "good")}>
        {translate("toast")}
      </button>
      <ShareButton path="/style" label={translate("link")} />
      {isOpen ? (
        <Confirm
          title={translate("dialog")}
          deed={translate("good")}
          onYes={() => setOpen(false)}
          onNo={() => setOpen(false)}
        >
          {translate("sample")}
        </Confirm>
      ) : null}
    </div>
  );
}
