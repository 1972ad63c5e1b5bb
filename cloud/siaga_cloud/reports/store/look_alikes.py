"""Reads open incidents near a place for people who are about to report there, with places as exact as the public may
see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.geometry import LatLon


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateCandidate:
    """Represents an incident of the same category. `media_id` is an image in which nobody can be recognised, where one
    exists.
    """

    id: UUID
    number: int
    category: str
    lat: float
    lon: float
    coarse: bool
    area_name: str | None
    began_at: datetime
    last_signal_at: datetime
    reports: int
    media_id: UUID | None


_NEAR = """
SELECT incident.id, incident.number, incident.category, incident.lat, incident.lon,
    incident.lat = coarse(incident.lat) AND incident.lon = coarse(incident.lon) AS coarse, area.name AS area_name,
    incident.began_at, incident.last_signal_at,
    (SELECT count(*) FROM incident_member AS member WHERE member.incident_id = incident.id
        AND member.removed_at IS NULL AND member.source_key LIKE 'citizen:%%') AS reports,
    (SELECT shot.media_id FROM incident_member AS member
        CROSS JOIN LATERAL (SELECT media.id AS media_id FROM evidence JOIN media ON media.id = evidence.media_id
                WHERE evidence.event_id = member.signal_id AND media.redacted
            UNION ALL SELECT public_image_of(member.signal_id)) AS shot
        WHERE member.incident_id = incident.id AND member.removed_at IS NULL AND shot.media_id IS NOT NULL
        ORDER BY shot.media_id DESC LIMIT 1) AS media_id
FROM incident_seen AS incident LEFT JOIN area ON area.id = incident.area_id
WHERE incident.state = 'open' AND incident.category = %(category)s
    AND incident.lat BETWEEN %(lat)s - %(lat_span)s AND %(lat)s + %(lat_span)s
    AND incident.lon BETWEEN %(lon)s - %(lon_span)s AND %(lon)s + %(lon_span)s
ORDER BY (incident.lat - %(lat)s) ^ 2 + (incident.lon - %(lon)s) ^ 2, incident.number DESC LIMIT %(limit)s
"""


def near(
    conn: Connection, *, category: str, place: LatLon, lat_span: float, lon_span: float, limit: int
) -> list[DuplicateCandidate]:
    """Open incidents of a category within degrees of a place, the nearest first."""
    requested = {
        "category": category,
        "lat": place.lat,
        "lon": place.lon,
        "lat_span": lat_span,
        "lon_span": lon_span,
        "limit": limit,
    }
    return conn.cursor(row_factory=class_row(DuplicateCandidate)).execute(_NEAR, requested).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedIncident:
    """Represents the incident that a second report is about."""

    category: str
    lat: float
    lon: float
    is_open: bool


def joined(conn: Connection, incident_id: UUID) -> JoinedIncident | None:
    """Return an incident with its true place; only for a transaction that writes."""
    return (
        conn.cursor(row_factory=class_row(JoinedIncident))
        .execute("SELECT category, lat, lon, state = 'open' AS is_open FROM incident WHERE id = %s", (incident_id,))
        .fetchone()
    )
