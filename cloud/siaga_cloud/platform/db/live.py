"""Notifies listeners of a change if and when its transaction commits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection

CHANNEL = "siaga_live"

Kind = Literal["gauge", "incident", "task", "node", "report", "camera", "flood_state"]


def announce(conn: Connection, kind: Kind, object_id: str | UUID, at: datetime) -> None:
    """NOTIFY siaga_live; `at` is when the cause was measured, so that a page can show its own delay."""
    announce_many(conn, kind, {str(object_id): at})


def announce_many(conn: Connection, kind: Kind, changed: Mapping[str, datetime]) -> None:
    """One notification for every id."""
    if changed:
        payloads = [_payload(kind, object_id, at) for object_id, at in changed.items()]
        conn.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload", (CHANNEL, payloads))


def _payload(kind: Kind, object_id: str, at: datetime) -> str:
    return json.dumps({"kind": kind, "id": object_id, "at": at.isoformat()}, separators=(",", ":"))
