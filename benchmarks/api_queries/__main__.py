"""`make api-queries`: the ten heaviest queries of the API on a year of a city, with EXPLAIN (ANALYZE) of each.

Every GET address of the API is requested as an operator and an administrator; PostgreSQL's auto_explain logs the plan
of every query. Writes .run/api-queries.json, prints a table, and ends with 1 where one of the ten reads a growing table
from end to end.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
import psycopg
from benchmarks.api_queries.plans import SETTINGS, RanQuery, growing_scans, read
from benchmarks.ending import leave_nothing_behind
from benchmarks.year.city import YearCity, year_city
from psycopg import sql
from tests.support.http_api import Api, SettingsForTests, serve

OUT: Final = Path(__file__).resolve().parents[2] / ".run" / "api-queries.json"
HEAVIEST: Final = 10
TIMES: Final = 3
GROWING_ROWS: Final = 10_000
USERS: Final = ("operator.balaikota", "admin")
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_STREAMS: Final = ("/live", "/stream", "/archive")
# One that exists for each name in an address; the newest, which a page shows first.
_EXAMPLES: Final = {
    "gauge_id": "SELECT 'manggarai'",
    "area_id": "SELECT area_id FROM incident WHERE area_id IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
    "incident_id": "SELECT id::text FROM incident ORDER BY began_at DESC LIMIT 1",
    "task_id": "SELECT id::text FROM task ORDER BY created_at DESC LIMIT 1",
    "camera_id": "SELECT id FROM camera ORDER BY id LIMIT 1",
    "node_id": "SELECT id FROM node ORDER BY id LIMIT 1",
    "event_id": "SELECT id::text FROM event ORDER BY began_at DESC LIMIT 1",
    "entity_set": "SELECT 'Observations'",
}


def main() -> int:
    """Print the table; 1 where a growing table is read from end to end."""
    leave_nothing_behind()
    with year_city() as city, TemporaryDirectory() as media:
        growing = _growing(city.url)
        _log_plans(city.url)
        with serve(SettingsForTests(database_url=city.url, media_dir=Path(media)), city.tokens) as api:
            found = _queries(api, city, _examples(city.url))
    ranked = sorted(found.values(), key=lambda ran: -median(one.milliseconds for _, one in ran))[:HEAVIEST]
    rows = [_row(ran, growing) for ran in ranked]
    OUT.parent.mkdir(exist_ok=True)
    result = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "growing": sorted(growing), "heaviest": rows}
    OUT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.writelines(line + "\n" for line in _table(rows))
    scans = sum(bool(row["growing_scans"]) for row in rows)
    sys.stdout.write(f"{len(found)} different queries; {scans} of the {HEAVIEST} heaviest read a growing table whole\n")
    return 1 if scans else 0


def _growing(url: str) -> set[str]:
    """The tables that hold more rows than a city has things: they grow with time."""
    with psycopg.connect(url) as conn:
        conn.execute("ANALYZE")
        rows = conn.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", (GROWING_ROWS,))
        return {str(name) for (name,) in rows}


def _log_plans(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        name = sql.Identifier(conn.info.dbname)
        for setting, value in SETTINGS.items():
            words = sql.SQL("ALTER DATABASE {} SET {} = {}")
            conn.execute(words.format(name, sql.SQL(setting), sql.Literal(value)))


def _examples(url: str) -> dict[str, str]:
    with psycopg.connect(url) as conn:
        found = {name: conn.execute(query).fetchone() for name, query in _EXAMPLES.items()}
    return {name: str(row[0]) for name, row in found.items() if row}


def _queries(api: Api, city: YearCity, examples: dict[str, str]) -> dict[str, list[tuple[str, RanQuery]]]:
    """Request every address and read what ran for it: the text of each query to (address, run)."""
    found: dict[str, list[tuple[str, RanQuery]]] = defaultdict(list)
    with api.client() as client:
        described = client.get("/api/v1/openapi.json").raise_for_status().json()
    for user in USERS:
        with api.client(user) as client:
            for address in _addresses(described, examples):
                for _ in range(TIMES):
                    for one in _requested(client, address, city.log):
                        found[one.text].append((address, one))
        sys.stderr.write(f"{user}: {len(found)} different queries\n")
    return found


def _addresses(described: dict[str, Any], examples: dict[str, str]) -> Iterator[str]:
    for path, operations in described["paths"].items():
        names = _PARAMETER.findall(path)
        if "get" not in operations or path.endswith(_STREAMS) or any(name not in examples for name in names):
            continue
        if not any(one.get("required") and one["in"] == "query" for one in operations["get"].get("parameters", ())):
            yield _PARAMETER.sub(lambda match: examples[match[1]], path)


def _requested(client: httpx.Client, address: str, log: Path) -> list[RanQuery]:
    before = log.stat().st_size
    if client.get(address, timeout=120).status_code != httpx.codes.OK:
        return []
    with log.open("rb") as file:
        file.seek(before)
        return list(read(file.read().decode(errors="replace")))


def _row(ran: list[tuple[str, RanQuery]], growing: Collection[str]) -> dict[str, Any]:
    slowest = max((one for _, one in ran), key=lambda one: one.milliseconds)
    return {
        "milliseconds": round(median(one.milliseconds for _, one in ran), 1),
        "most_milliseconds": slowest.milliseconds, "times": len(ran), "rows": slowest.rows, "blocks": slowest.blocks,
        "addresses": sorted({address for address, _ in ran}), "query": slowest.text,
        "scanned": dict(slowest.scanned), "growing_scans": growing_scans(slowest, growing),
    }  # fmt: skip


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield f"{'ms':>7} {'most':>7} {'rows':>6} {'blocks':>7}  address; what is read whole"
    for row in rows:
        scans = ", ".join(f"{table} ({count})" for table, count in row["growing_scans"].items()) or "-"
        yield (
            f"{row['milliseconds']:7.1f} {row['most_milliseconds']:7.1f} {row['rows']:6d} {row['blocks']:7d}"
            f"  {row['addresses'][0]}; {scans}"
        )
        yield f"        {row['query'][:160]}"


if __name__ == "__main__":
    sys.exit(main())
