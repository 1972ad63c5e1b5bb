"""Reads what PostgreSQL's auto_explain wrote into the server's log, and finds tables that are read from end to end."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

SETTINGS: Final = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
}
"""What a database needs to log every plan; the clock is not read for each row, which would cost more than the query."""

_ENTRY: Final = re.compile(r"duration: ([\d.]+) ms  plan:\n((?:\t.*\n?)+)")
_CHUNK: Final = re.compile(r"_hyper_\d+_\d+_chunk|compress_hyper_\d+_\d+_chunk")


@dataclass(frozen=True, slots=True, kw_only=True)
class RanQuery:
    """A query that ran. `scanned`: rows that each table gave up by a sequential scan, the filtered ones included."""

    text: str
    milliseconds: float
    rows: int
    blocks: int
    scanned: Mapping[str, int]


def read(log: str) -> Iterator[RanQuery]:
    """Yield the queries of a piece of the log, in sequence."""
    for milliseconds, body in _ENTRY.findall(log):
        entry = json.loads(body.replace("\n\t", "\n").removeprefix("\t"))
        plan = entry["Plan"]
        scanned: dict[str, int] = {}
        for node in _nodes(plan):
            if node["Node Type"] == "Seq Scan":
                table = str(node["Relation Name"])
                scanned[table] = scanned.get(table, 0) + _scanned_rows(node)
        yield RanQuery(
            text=" ".join(str(entry["Query Text"]).split()),
            milliseconds=float(milliseconds),
            rows=int(plan.get("Actual Rows", 0)),
            blocks=int(plan.get("Shared Hit Blocks", 0)) + int(plan.get("Shared Read Blocks", 0)),
            scanned=scanned,
        )


def growing_scans(query: RanQuery, growing: Collection[str]) -> dict[str, int]:
    """Return the growing tables that a query reads from end to end. A chunk is a part of a growing table; it is small
    only where its table is cut finely, so it counts as well.
    """
    return {
        table: rows for table, rows in query.scanned.items() if rows and (table in growing or _CHUNK.fullmatch(table))
    }


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _scanned_rows(node: Mapping[str, Any]) -> int:
    """Rows over all rounds: those that passed the filter and those that did not."""
    loops = int(node.get("Actual Loops", 1))
    return round((float(node.get("Actual Rows", 0)) + float(node.get("Rows Removed by Filter", 0))) * loops)
