"""Records what other systems report of rain gauges."""

from __future__ import annotations

from datetime import datetime

import psycopg

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError
from siaga_cloud.rain.store import readings as db
from siaga_cloud.rain.store.readings import RainReading


def record(conn: Connection, reading: RainReading, *, now: datetime) -> bool:
    """Store a reading once; whether it is new or differs from what was stored.

    Raises InvalidError for a rain gauge that is not there; the caller's transaction must then be undone.
    """
    try:
        return db.upsert_readings(conn, [reading], now=now) > 0
    except psycopg.errors.ForeignKeyViolation:
        got = reading.rain_gauge_id
        message = f"rain gauge: got {got!r}, expected one that was imported"
        raise InvalidError(message, code="rain_gauge_not_found") from None
