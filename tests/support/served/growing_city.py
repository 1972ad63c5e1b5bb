"""A city with a year of work and some weeks of readings, large enough that no plan reads a table whole for a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from siaga_cloud.operations.store import retention
from siaga_cloud.platform.db.connection import connect

REPORTS: Final = 12_000
READING_DAYS: Final = 20
_FILE: Final = Path(__file__).with_name("year_of_work.sql")


def fill(database_url: str) -> None:
    """Into a database with the demo city; analysed as autovacuum does it within minutes."""
    sizes = {"reports": REPORTS, "reading_days": READING_DAYS}
    with connect(database_url, statement_timeout_seconds=600) as conn:
        for statement in _statements(_FILE.read_text("utf-8")):
            conn.execute(statement.encode(), sizes)
        retention.forget_readings(conn, before=datetime.now(UTC) - timedelta(days=READING_DAYS))
        conn.commit()
        conn.autocommit = True
        conn.execute("VACUUM (ANALYZE)")


def _statements(text: str) -> list[str]:
    """One at a time, as those with parameters have to be."""
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [one for one in "\n".join(lines).split(";\n") if one.strip()]
