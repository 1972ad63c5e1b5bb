// A table that can be sorted by its heads; on a phone each row becomes a card with the heads beside its values.

import type { ComponentChildren, VNode } from "preact";
import { useState } from "preact/hooks";
import { translate } from "../words/field";

export interface Column<R> {
  readonly id: string;
  readonly head: string;
  readonly cell: (row: R) => ComponentChildren;
  /** What to sort by; a column without it cannot be sorted. */
  readonly sortBy?: (row: R) => number | string | null;
  readonly isNumber?: boolean;
  /** What the row is of: on a phone it heads the card, without its own head beside it. */
  readonly isName?: boolean;
}

interface TableProps<R> {
  readonly caption: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly keyOf: (row: R) => string;
}

interface Sorting {
  readonly by: string;
  readonly isUp: boolean;
}

export function Table<R>({ caption, columns, rows, keyOf }: TableProps<R>): VNode {
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const choose = (id: string): void => setSorting({ by: id, isUp: sorting?.by === id ? !sorting.isUp : false });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section class="table-box" tabIndex={0} aria-label={caption}>
      <table class="table">
        <caption class="for-ears">{caption}</caption>
        <thead data-sort={translate("sortBy")}>
          <tr>
            {columns.map((one) => (
              <Head key={one.id} column={one} sorting={sorting} choose={choose} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted(rows, columns, sorting).map((row) => (
            <tr key={keyOf(row)}>
              {columns.map((one) => (
                <Cell key={one.id} column={one} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const classOf = <R,>(column: Column<R>): string | undefined =>
  column.isName ? "name" : column.isNumber ? "number" : undefined;

const UNKNOWN = "–";

/** What is not known takes no line of a card on a phone. */
function Cell<R>({ column, row }: { column: Column<R>; row: R }): VNode {
  const value = column.cell(row);
  return (
    <td class={classOf(column)} data-head={column.head || undefined} data-unknown={value === UNKNOWN || undefined}>
      <div class="cell">{value}</div>
    </td>
  );
}

function Head<R>(props: { column: Column<R>; sorting: Sorting | null; choose: (id: string) => void }): VNode {
  const { column, sorting, choose } = props;
  const isBy = sorting?.by === column.id;
  const order = isBy ? (sorting.isUp ? "ascending" : "descending") : "none";
  const className = column.isNumber ? "number" : undefined;
  if (!column.sortBy)
    return (
      <th scope="col" class={className}>
        {column.head || <span class="for-ears">{translate("acts")}</span>}
      </th>
    );
  return (
    <th scope="col" class={className} aria-sort={order}>
      <button type="button" onClick={() => choose(column.id)}>
        {column.head} {isBy ? (sorting.isUp ? "▲" : "▼") : ""}
      </button>
    </th>
  );
}

function sorted<R>(rows: readonly R[], columns: readonly Column<R>[], sorting: Sorting | null): readonly R[] {
  const by = columns.find((one) => one.id === sorting?.by)?.sortBy;
  if (!by || !sorting) return rows;
  const sign = sorting.isUp ? 1 : -1;
  return [...rows].sort((a, b) => sign * compare(by(a), by(b)));
}

/** Unknown last, whichever way. */
function compare(a: number | string | null, b: number | string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}
