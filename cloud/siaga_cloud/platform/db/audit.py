"""Appends to the audit log of access to personal data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection


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
    conn.execute(
        "SELECT record_audit(%s, %s, %s, %s, %s, %s, %s)",
        (actor, action, kind, object_id, why, Jsonb(dict(details or {})), now),
    )
