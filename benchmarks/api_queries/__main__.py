"""`make api-queries`: the ten heaviest queries of the API on a year of a city, with EXPLAIN (ANALYZE) of each.

Every GET address of the API is requested with each of its parameters, over the whole year where it takes a span, as an
operator, an administrator, a leader and an area head; PostgreSQL's auto_explain logs the plan of every query. Writes
.run/api-queries.json, prints a table, and ends with 1 where one of the ten reads a growing table from end to end or an
answer was an error of the server.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psycopg
from benchmarks.api_queries.examples import examples
from benchmarks.api_queries.measuring import TIMES, USERS, Ran, run_all
from benchmarks.api_queries.plans import log_plans
from benchmarks.api_queries.report import row, table, write_page
from benchmarks.ending import leave_nothing_behind
from benchmarks.year.city import DAYS, year_city
from tests.support.http_api import SettingsForTests, serve

OUT: Final = Path(__file__).resolve().parents[2] / ".run" / "api-queries.json"
HEAVIEST: Final = 10
GROWING_ROWS: Final = 10_000


def main() -> int:
    """Print the table; 1 where a growing table is read from end to end, or the server failed."""
    leave_nothing_behind()
    with year_city() as city, TemporaryDirectory() as media:
        growing = _growing(city.url)
        log_plans(city.url)
        with serve(SettingsForTests(database_url=city.url, media_dir=Path(media)), city.tokens) as api:
            ran = run_all(api, examples(city.url), city.log)
    every = [row(runs, growing) for runs in ran.queries.values()]
    rows = sorted(every, key=lambda one: -one["milliseconds"])
    _write(ran, rows, growing)
    heaviest = rows[:HEAVIEST]
    sys.stdout.writelines(line + "\n" for line in table(heaviest))
    scans = sum(bool(one["growing_scans"]) for one in heaviest)
    others = sum(bool(one["growing_scans"]) for one in rows[HEAVIEST:])
    sys.stdout.write(
        f"{len(rows)} different queries of {len(ran.answered)} addresses; {scans} of the {HEAVIEST} heaviest and"
        f" {others} of the others read a growing table whole; errors of the server: {ran.failed or 'none'}\n"
    )
    if "--page" in sys.argv:
        write_page(heaviest, at=datetime.now(UTC), city=_city(growing))
    return 1 if scans or ran.failed else 0


def _growing(url: str) -> dict[str, int]:
    """The tables that hold more rows than a city has things: they grow with time."""
    with psycopg.connect(url) as conn:
        conn.execute("ANALYZE")
        query = "SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r' AND reltuples > %s ORDER BY 1"
        return {str(name): int(count) for name, count in conn.execute(query, (GROWING_ROWS,))}


def _write(ran: Ran, rows: list[dict[str, Any]], growing: dict[str, int]) -> None:
    OUT.parent.mkdir(exist_ok=True)
    result = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "days": DAYS, "times": TIMES, "users": USERS,
        "growing": growing, "statuses": dict(ran.statuses), "addresses": len(ran.addresses),
        "never_answered": sorted(ran.addresses - ran.answered), "failed": ran.failed,
        "heaviest": rows[:HEAVIEST], "others_with_scans": [one for one in rows[HEAVIEST:] if one["growing_scans"]],
    }  # fmt: skip
    OUT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _city(growing: dict[str, int]) -> str:
    """The size of the city in words."""
    chunks = sum(count for name, count in growing.items() if name.startswith("_hyper_"))
    held = ", ".join(
        f"{growing[name]:,} in {name}" for name in ("report", "incident", "task", "event") if name in growing
    )
    return f"{DAYS} days, {chunks:,} rows in the time series, {held}"


if __name__ == "__main__":
    sys.exit(main())
