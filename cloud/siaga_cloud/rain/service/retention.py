"""Forgets rain that is too old to learn from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.rain.store import readings as db

RETENTION: Final = timedelta(days=400)
_FORGET_AT_ONCE: Final = 50_000


def forget(conn: Connection, *, now: datetime) -> None:
    """Delete rain that fell more than `RETENTION` ago; what is left of very much follows at the next call."""
    db.forget_readings(conn, before=now - RETENTION, limit=_FORGET_AT_ONCE)
