"""A made-up city for the queries of the dashboards, into a database with the demo city and a past."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from siaga_cloud.accuracy import service as accuracy
from siaga_cloud.platform.db.connection import connect

_HERE = Path(__file__).parent


def seed_dashboards(database_url: str, *, days: int, cameras: int, nodes: int, past: bool) -> None:
    """Cameras with what they decided, nodes with what they sent, forecasts, channels; `days` back from now.

    `past`: with reports and tasks of those days and levels of two; without, those are there already, imported.
    """
    sizes = {"days": days, "cameras": cameras, "nodes": nodes, "reports": 400 if days < 30 else 4000}
    sizes["minute_days"] = 3 if past else min(days, 60)  # minutes of ingest, which no board shows beyond a day
    with connect(database_url, statement_timeout_seconds=3600) as conn:
        for file in ("dashboards_past.sql",) * past + ("dashboards_seed.sql",):
            for statement in _statements(_HERE / file):
                conn.execute(statement.encode(), sizes)
        accuracy.refresh(conn, now=datetime.now(UTC))  # as the worker does
        conn.commit()
        conn.autocommit = True
        conn.execute("VACUUM (ANALYZE)")  # as autovacuum does within minutes


def _statements(file: Path) -> list[str]:
    """One at a time, as those with parameters have to be."""
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("--")]
    return [text for text in "\n".join(lines).split(";\n") if text.strip()]
