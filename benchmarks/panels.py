"""`make panels`: how long every query of the dashboards takes on a year of a city, as a table and as .run/panels.json.

Each query runs as Grafana's role over its dashboard's own range.
To look again without waiting for the year: SIAGA_PANELS_DATABASE=URL takes a database that was filled before (one that
was only loaded is filled up).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.ending import leave_nothing_behind
from benchmarks.year.city import fill, year_city
from dashboards.boards.analysis import MEASURES
from dashboards.boards.queries import PanelQuery
from dashboards.query_times import Answer, as_grafana, choices, questions, run_query

from siaga_cloud.platform.db.connection import connect
from siaga_cloud.platform.db.migrate import migrate

TIMES: Final = 20
TARGET_MS: Final = 200.0
OUT: Final = Path(__file__).resolve().parents[1] / ".run" / "panels.json"


@contextmanager
def _year() -> Iterator[str]:
    """A database with the year in it."""
    if url := os.environ.get("SIAGA_PANELS_DATABASE"):
        migrate(url)
        fill(url)
        yield url
        return
    with year_city() as city:
        yield city.url


def _each_measure(one: PanelQuery) -> Iterator[tuple[PanelQuery, dict[str, str]]]:
    """The query with each measure of the board of analysis, by its finest dimension; one of another board once."""
    if "${measure" not in one.sql:
        yield one, {}
        return
    for measure, _ in MEASURES:
        yield replace(one, panel=f"{one.panel} ({measure})"), {"measure": measure, "by": "kelurahan"}


def _table(answers: list[Answer]) -> Iterator[str]:
    yield f"{'p95 ms':>8} {'p50 ms':>8} {'rows':>7}  dashboard / panel / query"
    for one in sorted(answers, key=lambda one: -one.p95):
        mark = " " if one.p95 <= TARGET_MS else "!"
        place = f"{one.panel_query.dashboard} / {one.panel_query.panel} / {one.panel_query.config.get('refId', '')}"
        yield f"{one.p95:8.1f} {one.p50:8.1f} {one.rows:7d} {mark}{place}"


def _written(answers: list[Answer], sizes: dict[str, object]) -> None:
    panels = [
        {
            "dashboard": one.panel_query.dashboard, "panel": one.panel_query.panel,
            "query": one.panel_query.config.get("refId", ""),
            "span_seconds": one.panel_query.span.total_seconds(),
            "p50_ms": round(one.p50, 1), "p95_ms": round(one.p95, 1),
            "rows": one.rows, "target_ms": TARGET_MS, "is_met": one.p95 <= TARGET_MS,
        }
        for one in answers
    ]  # fmt: skip
    OUT.parent.mkdir(exist_ok=True)
    result = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "times": TIMES, "city": sizes, "panels": panels}
    OUT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> int:
    """Prints the table; 1 where a query is slower than it may be, or answers what its panel does not need."""
    leave_nothing_behind()
    with _year() as url:
        with connect(url, statement_timeout_seconds=600) as conn:
            sizes = conn.execute(
                "SELECT (SELECT count(*) FROM reading) AS readings, (SELECT count(*) FROM report) AS reports,"
                " (SELECT count(*) FROM task) AS tasks, (SELECT count(*) FROM event) AS events,"
                " (SELECT count(*) FROM message) AS messages, (SELECT count(*) FROM gauge) AS gauges,"
                " (SELECT count(*) FROM camera) AS cameras, pg_database_size(current_database()) AS size_bytes"
            ).fetchone()
        with as_grafana(url) as session:
            variables = choices(session)
            answers = [
                run_query(session, shown, {**variables, **chosen}, times=TIMES)
                for one in questions()
                for shown, chosen in _each_measure(one)
            ]
    _written(answers, dict(sizes or {}))
    for line in _table(answers):
        sys.stdout.write(line + "\n")
    wrong = [text for one in answers for text in one.wrong]
    slow = [one for one in answers if one.p95 > TARGET_MS]
    sys.stdout.write(f"{len(answers)} queries, {len(slow)} over {TARGET_MS:.0f} ms at the 95th percentile; {sizes}\n")
    sys.stdout.writelines(f"wrong: {text}\n" for text in wrong)
    return 1 if wrong or slow else 0


if __name__ == "__main__":
    sys.exit(main())
