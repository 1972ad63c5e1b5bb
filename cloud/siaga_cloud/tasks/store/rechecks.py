"""Stores the camera rechecks with their answers, and finds the camera that sees the place of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection
from siaga_core.hazards import rechecked_hazards


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Represents a camera that saw what a task is about; `radius_m` is how far around its place it is assumed to
    see."""

    node_id: str
    camera_id: str
    zone_id: str | None
    hazard: str
    box: Mapping[str, float] | None
    lat: float
    lon: float
    radius_m: float
    is_online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckRow:
    """Represents a requested camera recheck."""

    id: UUID
    proof_id: UUID
    task_id: UUID
    node_id: str
    camera_id: str
    zone_id: str | None
    hazard: str
    box: Mapping[str, float] | None
    deadline: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    state: str | None
    reason: str
    frames: int | None
    seen_share: float | None
    water_share: float | None
    done_at: datetime | None


_COLUMNS = (
    "id, proof_id, task_id, node_id, camera_id, zone_id, hazard, box, deadline, sent_at, answered_at, state, reason,"
    " frames, seen_share, water_share, done_at"
)


def viewers(conn: Connection, incident_id: UUID) -> list[Viewer]:
    """Cameras whose own events are in an incident, the newest first."""
    found = conn.cursor(row_factory=class_row(Viewer)).execute(
        "SELECT event.node_id, event.source_id AS camera_id, event.zone_id, event.hazard,"
        " event.details -> 'box' AS box, coalesce(zone.lat, event.lat) AS lat, coalesce(zone.lon, event.lon) AS lon,"
        " coalesce(camera.view_radius_m, 60) AS radius_m, coalesce(node.state, 'unknown') = 'online' AS is_online"
        " FROM incident_member AS member JOIN event ON event.id = member.signal_id"
        " LEFT JOIN camera ON camera.id = event.source_id"
        " LEFT JOIN camera_zone AS zone ON zone.camera_id = event.source_id AND zone.id = event.zone_id"
        " LEFT JOIN node ON node.id = event.node_id"
        " WHERE member.incident_id = %s AND member.removed_at IS NULL AND event.source_kind = 'camera'"
        " AND event.hazard = ANY(%s)"
        " AND (camera.node_id IS NULL OR camera.node_id = event.node_id)"
        " AND NOT EXISTS (SELECT FROM camera_masked AS masked WHERE masked.camera_id = event.source_id)"
        " ORDER BY event.measured_at DESC LIMIT 10",
        (incident_id, [one.id for one in rechecked_hazards()]),
    )
    return found.fetchall()


def save(
    conn: Connection, *, look_id: UUID, proof_id: UUID, task_id: UUID, viewer: Viewer, now: datetime, deadline: datetime
) -> None:
    """Store a camera recheck that is about to be requested."""
    conn.execute(
        "INSERT INTO camera_recheck (id, proof_id, task_id, node_id, camera_id, zone_id, hazard, box, made_at,"
        " deadline)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            look_id,
            proof_id,
            task_id,
            viewer.node_id,
            viewer.camera_id,
            viewer.zone_id,
            viewer.hazard,
            Jsonb(dict(viewer.box)) if viewer.box else None,
            now,
            deadline,
        ),
    )


def get(conn: Connection, look_id: UUID) -> RecheckRow | None:
    """Return a camera recheck and lock its row."""
    return (
        conn.cursor(row_factory=class_row(RecheckRow))
        .execute(f"SELECT {_COLUMNS} FROM camera_recheck WHERE id = %s FOR UPDATE", (look_id,))  # noqa: S608
        .fetchone()
    )


def note_sent(conn: Connection, look_id: UUID, *, number: int, now: datetime) -> None:
    """Record that the broker has the command."""
    conn.execute(
        "UPDATE camera_recheck SET sent_at = coalesce(sent_at, %s), command_number = %s WHERE id = %s",
        (now, number, look_id),
    )


def set_done(conn: Connection, look_id: UUID, *, now: datetime) -> None:
    """Record that the answer, or its absence, was acted on."""
    conn.execute("UPDATE camera_recheck SET done_at = coalesce(done_at, %s) WHERE id = %s", (now, look_id))


def unacted(conn: Connection, *, limit: int) -> list[UUID]:
    """Return the rechecks that were answered and not acted on."""
    rows = conn.execute(
        "SELECT id FROM camera_recheck WHERE answered_at IS NOT NULL AND done_at IS NULL ORDER BY answered_at LIMIT %s",
        (limit,),
    )
    return [row["id"] for row in rows]
