"""Runs every query of the built dashboards on a database, as Grafana's role, and reports how long each took."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import psycopg

from dashboards.boards.queries import PanelQuery, Range, expand, panel_query, rows_wrong, span_of

GENERATED: Final = Path(__file__).parent / "generated"
ROLE: Final = "siaga_grafana"
# What a value is, by the name of its type in PostgreSQL; of other types Grafana makes text.
_KINDS: Final[Mapping[str, type]] = {
    "timestamptz": datetime,
    "bool": bool,
    **dict.fromkeys(("int2", "int4", "int8"), int),
    **dict.fromkeys(("float4", "float8", "numeric"), float),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one query. `wrong`: what the panel needs and did not get."""

    panel_query: PanelQuery
    milliseconds: Sequence[float]
    rows: int
    wrong: Sequence[str]

    @property
    def p95(self) -> float:
        """The 95th percentile of its times, in milliseconds."""
        times = self.milliseconds
        return quantiles(times, n=100, method="inclusive")[94] if len(times) > 1 else times[0]

    @property
    def p50(self) -> float:
        """The median of its times, in milliseconds."""
        return median(self.milliseconds)


def built(language: str = "id") -> list[dict[str, Any]]:
    """The dashboards in one language, as they lie in generated/."""
    found = (json.loads(path.read_text("utf-8")) for path in sorted(GENERATED.glob("dashboards/*/*.json")))
    return [one for one in found if f"siaga-{language}" in one["tags"]]


@contextmanager
def as_grafana(url: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A session of an administrator that has taken on the role, with the settings that the role begins with."""
    with psycopg.connect(url, autocommit=True, application_name="siaga-panels") as conn:
        settings = conn.execute(
            "SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = %s::regrole AND setdatabase = 0", (ROLE,)
        ).fetchall()
        for (setting,) in settings:
            name, _, value = setting.partition("=")
            conn.execute("SELECT set_config(%s, %s, false)", (name, value.replace('"', "")))
        conn.execute(f"SET ROLE {ROLE}".encode())
        yield conn


def run_query(
    conn: psycopg.Connection[tuple[Any, ...]], one: PanelQuery, variables: Mapping[str, str], *, times: int = 1
) -> Answer:
    """Runs a query so many times, to the last row."""
    now = datetime.now(UTC)
    sql = expand(one.sql, Range(start=now - one.span, end=now + one.ahead), one.interval, variables).encode()
    durations_ms: list[float] = []
    rows: list[tuple[Any, ...]] = []
    columns: dict[str, type] = {}
    for _ in range(times):
        began = time.perf_counter()
        cursor = conn.execute(sql)
        rows = cursor.fetchall()
        durations_ms.append((time.perf_counter() - began) * 1000)
        columns = {column.name: column_kind(conn, column.type_code) for column in cursor.description or ()}
    return Answer(panel_query=one, milliseconds=durations_ms, rows=len(rows), wrong=rows_wrong(one, columns, rows))


def column_kind(conn: psycopg.Connection[tuple[Any, ...]], oid: int) -> type:
    """What kind of value a column of this type holds."""
    found = conn.adapters.types.get(oid)
    return _KINDS.get(found.name, str) if found else str


def questions(language: str = "id") -> Iterator[PanelQuery]:
    """Every query of every dashboard."""
    for dashboard in built(language):
        yield from panel_query(dashboard)


def first_choices(conn: psycopg.Connection[tuple[Any, ...]], board: Mapping[str, Any]) -> dict[str, str]:
    """What the variables of a board are when it is opened: of a query the first row, which may use those before it."""
    found: dict[str, str] = {}
    now = datetime.now(UTC)
    back, ahead = span_of(board["time"])
    span = Range(start=now - back, end=now + ahead)
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            row = conn.execute(expand(variable["query"], span, "1m", found).encode()).fetchone()
            names = [str(one) for one in row] if row else ["", ""]
            found[variable["name"]], found[f"{variable['name']}:text"] = names[-1], names[0]
        elif variable["type"] in ("custom", "constant"):
            found[variable["name"]] = variable["query"].split(",")[0].split(" : ")[-1].strip()
        else:
            found[variable["name"]] = ""
    return found


def choices(conn: psycopg.Connection[tuple[Any, ...]]) -> dict[str, str]:
    """What the variables of all boards are when they are opened: everything, and the first gauges, cameras and node."""
    found: dict[str, str] = {}
    for board in built():
        found |= first_choices(conn, board)
    return found
