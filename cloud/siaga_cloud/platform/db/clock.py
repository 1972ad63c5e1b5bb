"""Compares the clock of this machine with that of the database, which governs leases, deadlines and jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from siaga_cloud.platform.db.connection import Connection


def utc_now() -> datetime:
    """Return the clock of this machine."""
    return datetime.now(UTC)


def ahead_seconds(conn: Connection, *, clock: Callable[[], datetime] = utc_now) -> float:
    """Return how far this machine is ahead, at the least; negative: behind. The way there and back counts for
    neither."""
    before = clock()
    row = conn.execute("SELECT clock_timestamp() AS at").fetchone()
    after = clock()
    at = row["at"] if row else before
    return ((before - at) if at < before else (after - at) if at > after else (at - at)).total_seconds()
