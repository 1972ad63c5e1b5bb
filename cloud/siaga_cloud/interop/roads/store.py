"""Reads which cameras of open flood incidents see water on their road."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """Represents the event of a camera that began and has not ended: water on the road in its view."""

    event_id: UUID
    incident_id: UUID
    camera_name: str
    lat: float
    lon: float
    radius_m: float
    severity: str
    depth_cm: float | None
    began_at: datetime
    seen_at: datetime
    is_seen_now: bool


def camera_views(conn: Connection, incident_ids: Sequence[UUID]) -> list[CameraView]:
    """Return what cameras see in these incidents, the first event first; a camera that nobody hears of sees nothing."""
    found = conn.cursor(row_factory=class_row(CameraView)).execute(
        "SELECT signal.id AS event_id, member.incident_id, coalesce(nullif(camera.name, ''), camera.id) AS camera_name,"
        " camera.lat, camera.lon, camera.view_radius_m AS radius_m, signal.severity, signal.depth_cm, signal.began_at,"
        " signal.last_at AS seen_at, latest.camera_id IS NOT NULL AND latest.unknown_since IS NULL AS is_seen_now"
        " FROM incident_member AS member JOIN signal_seen AS signal ON signal.id = member.signal_id"
        " JOIN camera ON member.source_key = 'camera:' || camera.id"
        " LEFT JOIN camera_latest AS latest ON latest.camera_id = camera.id"
        " WHERE member.incident_id = ANY(%s) AND member.removed_at IS NULL AND signal.kind = 'event'"
        " AND signal.ended_at IS NULL AND camera.retired_at IS NULL ORDER BY signal.began_at, signal.id",
        (list(incident_ids),),
    )
    return found.fetchall()
