"""Tells listeners what changed, when and only if the transaction commits."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal
from uuid import UUID

from siaga_cloud.db.connection import Connection

CHANNEL = "siaga_live"

Kind = Literal["gauge", "incident", "task", "node", "report", "camera"]


def tell(conn: Connection, kind: Kind, object_id: str | UUID, at: datetime) -> None:
    """NOTIFY siaga_live; `at` is when the cause was measured, so that a page can show its own delay."""
    payload = json.dumps({"kind": kind, "id": str(object_id), "at": at.isoformat()}, separators=(",", ":"))
    conn.execute("SELECT pg_notify(%s, %s)", (CHANNEL, payload))
