"""Reads what PostgreSQL's auto_explain wrote into the server's log, and finds tables that are read from end to end."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

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
    """A query that ran. `touched`: rows that each table gave up, the filtered ones included; `scanned`: those of them
    that a sequential scan read; `indexes`: those that it was read by, of chunks by the names that they have there.
    """

    text: str
    milliseconds: float
    rows: int
    blocks: int
    scanned: Mapping[str, int]
    touched: Mapping[str, int]
    indexes: frozenset[str]


def log_plans(url: str) -> None:
    """From now on, sessions of this database write the plan of every query into the server's log."""
    with psycopg.connect(url, autocommit=True) as conn:
        name = sql.Identifier(conn.info.dbname)
        for setting, value in SETTINGS.items():
            words = sql.SQL("ALTER DATABASE {} SET {} = {}")
            conn.execute(words.format(name, sql.SQL(setting), sql.Literal(value)))


def read(log: str) -> Iterator[RanQuery]:
    """Yield the queries of a piece of the log, in sequence."""
    for milliseconds, body in _ENTRY.findall(log):
        entry = json.loads(body.replace("\n\t", "\n").removeprefix("\t"))
        plan = entry["Plan"]
        nodes = [node for node in _nodes(plan) if "Relation Name" in node]
        yield RanQuery(
            text=" ".join(str(entry["Query Text"]).split()),
            milliseconds=float(milliseconds),
            rows=int(plan.get("Actual Rows", 0)),
            blocks=int(plan.get("Shared Hit Blocks", 0)) + int(plan.get("Shared Read Blocks", 0)),
            scanned=_rows_by_table(node for node in nodes if node["Node Type"] == "Seq Scan"),
            touched=_rows_by_table(nodes),
            indexes=frozenset(str(node["Index Name"]) for node in _nodes(plan) if "Index Name" in node),
        )


def growing_scans(query: RanQuery, growing: Collection[str]) -> dict[str, int]:
    """Return the growing tables that a query reads from end to end. A chunk is a part of a growing table; it is small
    only where its table is cut finely, so it counts as well.
    """
    return {table: rows for table, rows in query.scanned.items() if rows and (table in growing or is_chunk(table))}


def is_chunk(table: str) -> bool:
    """Return whether a table is a part of a time series."""
    return _CHUNK.fullmatch(table) is not None


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _rows_by_table(nodes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for node in nodes:
        table = str(node["Relation Name"])
        rows[table] = rows.get(table, 0) + _scanned_rows(node)
    return rows


def _scanned_rows(node: Mapping[str, Any]) -> int:
    """Rows over all rounds: those that passed the filter and those that did not."""
    loops = int(node.get("Actual Loops", 1))
    return round((float(node.get("Actual Rows", 0)) + float(node.get("Rows Removed by Filter", 0))) * loops)
