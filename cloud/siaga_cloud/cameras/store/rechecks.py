"""Stores the looks that operators requested from cameras, with the answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRequest:
    """Represents a requested look; `state` is None until the camera answers."""

    id: UUID
    camera_id: str
    node_id: str
    hazard: str
    incident_id: UUID | None
    requested_by: str
    requested_at: datetime
    deadline: datetime
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    seen_at: datetime | None = None
    state: str | None = None
    reason: str = ""
    frames: int | None = None
    seen_share: float | None = None
    water_share: float | None = None
    media_id: UUID | None = None


_COLUMNS = (
    "look.id, look.camera_id, look.node_id, look.hazard, look.incident_id, look.requested_by, look.requested_at,"
    " look.deadline,"
    " look.sent_at, look.answered_at, look.seen_at, look.state, look.reason, look.frames, look.seen_share,"
    " look.water_share, (SELECT media_id FROM evidence WHERE evidence.event_id = look.id"
    " AND evidence.node_id = look.node_id ORDER BY number LIMIT 1) AS media_id"
)


def save(conn: Connection, look: LookRequest) -> None:
    """Stores a look that is about to be requested."""
    conn.execute(
        "INSERT INTO camera_look (id, camera_id, node_id, hazard, incident_id, requested_by, requested_at, deadline)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            look.id,
            look.camera_id,
            look.node_id,
            look.hazard,
            look.incident_id,
            look.requested_by,
            look.requested_at,
            look.deadline,
        ),
    )


def get(conn: Connection, look_id: UUID) -> LookRequest | None:
    """Return a look and lock its row."""
    query = f"SELECT {_COLUMNS} FROM camera_look AS look WHERE look.id = %s FOR UPDATE OF look"  # noqa: S608
    return conn.cursor(row_factory=class_row(LookRequest)).execute(query, (look_id,)).fetchone()


def of_camera(conn: Connection, camera_id: str, *, limit: int = 5) -> list[LookRequest]:
    """List the looks of a camera, the newest first."""
    query = (
        f"SELECT {_COLUMNS} FROM camera_look AS look WHERE look.camera_id = %s"  # noqa: S608
        " ORDER BY look.requested_at DESC LIMIT %s"
    )
    return conn.cursor(row_factory=class_row(LookRequest)).execute(query, (camera_id, limit)).fetchall()


def is_waiting(conn: Connection, camera_id: str, *, now: datetime) -> bool:
    """Return whether the camera still owes an answer."""
    query = "SELECT FROM camera_look WHERE camera_id = %s AND answered_at IS NULL AND deadline > %s LIMIT 1"
    return conn.execute(query, (camera_id, now)).fetchone() is not None


def note_sent(conn: Connection, look_id: UUID, *, now: datetime) -> None:
    """The broker has the command."""
    conn.execute("UPDATE camera_look SET sent_at = coalesce(sent_at, %s) WHERE id = %s", (now, look_id))
