"""The append-only record of who looked at or changed personal data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from siaga_cloud.db import audit as db
from siaga_cloud.db.connection import Connection


def record(
    conn: Connection,
    *,
    actor: str,
    action: str,
    kind: str,
    object_id: str,
    why: str = "",
    details: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Adds a line in the same transaction as the look itself: no look without its line."""
    db.record(conn, actor=actor, action=action, kind=kind, object_id=object_id, why=why, details=details, now=now)
