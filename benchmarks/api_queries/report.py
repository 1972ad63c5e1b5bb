"""What `make api-queries` shows: rows of the heaviest queries, as a table on the screen and on a page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.api_queries.plans import RanQuery, growing_scans

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
_MARKS: Final = re.compile(r"(<!-- api-queries -->\n).*?(<!-- end -->)", re.DOTALL)
_TABLE_OF_QUERY: Final = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(?:ONLY\s+)?([a-z_]\w*)")


def row(ran: Sequence[tuple[str, RanQuery]], growing: Collection[str]) -> dict[str, Any]:
    """Describe a query by its slowest run, and by the address that it was slowest at."""
    address, slowest = max(ran, key=lambda one: one[1].milliseconds)
    scans: dict[str, int] = {}
    for _, one in ran:
        for table, count in growing_scans(one, growing).items():
            scans[table] = max(scans.get(table, 0), count)
    return {
        "milliseconds": round(median(one.milliseconds for at, one in ran if at == address), 1),
        "most_milliseconds": slowest.milliseconds, "times": len(ran), "rows": slowest.rows, "blocks": slowest.blocks,
        "address": address, "addresses": sorted({at for at, _ in ran}), "query": slowest.text,
        "scanned": dict(slowest.scanned), "growing_scans": scans,
    }  # fmt: skip


def table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Lines for the screen."""
    yield f"{'ms':>7} {'most':>7} {'rows':>6} {'blocks':>7}  address; what is read whole"
    for one in rows:
        yield (
            f"{one['milliseconds']:7.1f} {one['most_milliseconds']:7.1f} {one['rows']:6d} {one['blocks']:7d}"
            f"  {one['address']}; {_scans(one)}"
        )
        yield f"        {one['query'][:160]}"


def write_page(rows: Sequence[Mapping[str, Any]], *, at: datetime, city: str, refused: Mapping[str, str]) -> None:
    """Put the table between its marks on the page of benchmarks."""
    lines = [
        f"{at:%Y-%m-%d}: {city}.\n\n",
        "| ms, median and most | Rows | Blocks | Address at which it is slowest | Tables | Read whole |\n",
        "|---|---|---|---|---|---|\n",
        *(
            f"| {one['milliseconds']:g}, {one['most_milliseconds']:.1f} | {one['rows']} | {one['blocks']} |"
            f" `{one['address']}` | {', '.join(_tables(one['query']))} | {_scans(one)} |\n"
            for one in rows
        ),
        *(f"\nGiven up at its limit, so without a plan: `{address}` ({why}).\n" for address, why in refused.items()),
    ]
    page, count = _MARKS.subn(lambda match: match[1] + "".join(lines) + match[2], PAGE.read_text("utf-8"))
    if count != 1:
        raise LookupError(f"{PAGE.name} has {count} places for the table, expected 1")
    PAGE.write_text(page, "utf-8")


def _tables(query: str) -> list[str]:
    return list(dict.fromkeys(_TABLE_OF_QUERY.findall(query)))[:4]


def _scans(one: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in one["growing_scans"].items()) or "-"
