// The same levels as a table, for ears and for those who count, and as a file.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { dateAndTime, number } from "../../words/format";
import { Icon } from "../icons";
import { type Column, Table } from "../table";
import { csvOf, type Sample } from "./frame";
import { translate } from "./words";

const MOST_ROWS = 200;

export function SampleTable(props: { id: string; name: string; samples: readonly Sample[] }): VNode | null {
  const { id, name, samples } = props;
  const [isOpen, setOpen] = useState(false);
  if (samples.length === 0) return null;
  const rows = isOpen ? [...samples].reverse().slice(0, MOST_ROWS) : [];
  return (
    <div class="row apart chart-data">
      <details class="grow" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{translate("table", { n: number(samples.length) })}</summary>
        {isOpen ? (
          <>
            {samples.length > MOST_ROWS ? (
              <p class="small soft">{translate("tableMost", { n: number(MOST_ROWS) })}</p>
            ) : null}
            <Table caption={name} rows={rows} keyOf={(one) => String(one.at)} columns={columnsOf(rows)} />
          </>
        ) : null}
      </details>
      <button type="button" class="button plain small" onClick={() => download(id, samples)}>
        <Icon name="download" />
        {translate("csv")}
      </button>
    </div>
  );
}

/** Hours have their extremes and their count; single readings have none. */
function columnsOf(rows: readonly Sample[]): readonly Column<Sample>[] {
  const cm = (value: number | undefined): string => (value === undefined ? "–" : number(value, 1));
  const first: readonly Column<Sample>[] = [
    { id: "at", head: translate("at"), isName: true, cell: (one) => dateAndTime(one.at), sortBy: (one) => one.at },
    { id: "cm", head: translate("cm"), isNumber: true, cell: (one) => cm(one.cm), sortBy: (one) => one.cm },
  ];
  if (rows[0]?.count === undefined) return first;
  return [
    ...first,
    { id: "low", head: translate("low"), isNumber: true, cell: (one) => cm(one.low), sortBy: (one) => one.low ?? null },
    {
      id: "high",
      head: translate("high"),
      isNumber: true,
      cell: (one) => cm(one.high),
      sortBy: (one) => one.high ?? null,
    },
    { id: "count", head: translate("count"), isNumber: true, cell: (one) => number(one.count ?? 0) },
  ];
}

/** Made here, so that it is exactly what is shown. */
function download(id: string, samples: readonly Sample[]): void {
  const url = URL.createObjectURL(new Blob([csvOf(id, samples)], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${id}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
