"""Stores the evidence clips of events, and selects those whose retention is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.messages import EvidenceHeader


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRow:
    """Represents a clip of an event; its bytes are redacted."""

    event_id: UUID
    media_id: UUID
    role: str
    camera_id: str
    began_at: datetime
    duration_seconds: float


def insert(conn: Connection, headers: Sequence[tuple[EvidenceHeader, int]], *, now: datetime) -> None:
    """Stores clips (header, size in bytes) whose bytes lie in the media folder; the message's id is the media's.

    The first clip of a number is the clip: a node whose outbox was replaced may send it under another id again.
    """
    for header, size_bytes in headers:
        if _is_stored(conn, header):
            continue
        conn.execute(
            "INSERT INTO media (id, sha256, kind, mime, size_bytes, width, height, redacted, taken_at, uploaded_by,"
            " created_at) VALUES (%s, %s, 'clip', %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                *(header.id, header.sha256, header.mime, size_bytes, header.width, header.height, header.redacted),
                *(header.measured_at, f"node:{header.node}", now),
            ),
        )
        conn.execute(
            "INSERT INTO event_clip (event_id, number, role, node_id, media_id, began_at, duration_seconds)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                *(header.event_id, header.number, str(header.role), header.node, header.id),
                *(header.measured_at, header.duration_seconds),
            ),
        )


def _is_stored(conn: Connection, header: EvidenceHeader) -> bool:
    found = conn.execute("SELECT FROM event_clip WHERE event_id = %s AND number = %s", (header.event_id, header.number))
    return found.fetchone() is not None


def list_of_incident(conn: Connection, incident_id: UUID) -> list[ClipRow]:
    """Return the clips of the events that belong to an incident, the oldest first."""
    found = conn.cursor(row_factory=class_row(ClipRow)).execute(
        "SELECT clip.event_id, clip.media_id, clip.role, event.source_id AS camera_id, clip.began_at,"
        " clip.duration_seconds FROM incident_member AS member"
        " JOIN event_clip AS clip ON clip.event_id = member.signal_id JOIN media ON media.id = clip.media_id"
        " JOIN event ON event.id = clip.event_id AND event.node_id = clip.node_id"
        " WHERE member.incident_id = %s AND member.removed_at IS NULL AND media.redacted"
        " ORDER BY clip.began_at, clip.number LIMIT 100",
        (incident_id,),
    )
    return found.fetchall()


def delete_old(
    conn: Connection, *, days: int, days_by_hazard: Mapping[str, int], now: datetime, limit: int
) -> list[str]:
    """Delete clips that are older than the retention of their hazard; return their hashes.

    Those of open incidents stay. A clip whose event never came is deleted by the general retention.
    """
    rows = conn.execute(
        "DELETE FROM media WHERE id IN (SELECT clip.media_id FROM event_clip AS clip"
        " JOIN media ON media.id = clip.media_id LEFT JOIN event ON event.id = clip.event_id WHERE media.created_at <"
        " %(now)s - make_interval(days => coalesce((%(by_hazard)s::jsonb ->> event.hazard)::integer, %(days)s))"
        " AND NOT EXISTS (SELECT FROM incident_member AS member JOIN incident ON incident.id = member.incident_id"
        "  WHERE member.signal_id = clip.event_id AND member.removed_at IS NULL AND incident.state = 'open')"
        " ORDER BY media.created_at LIMIT %(limit)s) RETURNING sha256",
        {"now": now, "days": days, "by_hazard": Jsonb(dict(days_by_hazard)), "limit": limit},
    )
    return [row["sha256"] for row in rows]


def is_used(conn: Connection, sha256: str) -> bool:
    """Return whether any media still have these bytes."""
    return conn.execute("SELECT FROM media WHERE sha256 = %s LIMIT 1", (sha256,)).fetchone() is not None
