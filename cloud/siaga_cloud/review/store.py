"""Stores the review set and its access log, and reads the verdicts with the scores that they judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection
from siaga_core.hazards import reviewed_hazards
from siaga_core.rules.tuning import JudgedAlarm

_FORGET_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCandidate:
    """Represents the event of a camera in an incident, with its best redacted image."""

    event_id: UUID
    camera_id: str
    hazard: str
    details: dict[str, Any]
    media_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """Represents an image and what is in it. `seen` is what the camera detected; `boxes` are those of an operator."""

    id: UUID
    event_id: UUID
    incident_id: UUID
    camera_id: str
    hazard: str
    verdict: str
    media_id: UUID
    sha256: str
    seen: dict[str, Any]
    boxes: list[dict[str, Any]]
    complete: bool
    rejected: bool
    edited_by: str | None
    edited_at: datetime | None
    collected_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanFrame:
    """Represents a randomly drawn frame in which an operator saw no trash: nothing in it may be detected as trash."""

    id: UUID
    camera_id: str
    taken_at: datetime
    jpeg: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClip:
    """Represents the clip of the moment at which an event was reported, with the verdict on its incident.

    `camera_events` is how many events of cameras the incident has; the polygon is in shares of width and height.
    """

    event_id: UUID
    incident_id: UUID
    camera_id: str
    hazard: str
    zone_id: str
    zone_kind: str
    polygon: Sequence[Sequence[float]]
    verdict: str
    began_at: datetime
    reported_at: datetime
    allowed_seconds: float | None
    clip_began_at: datetime
    duration_seconds: float
    width: int
    height: int
    sha256: str
    camera_events: int


_ITEMS = (
    "SELECT review_item.*, media.sha256 FROM review_item JOIN media ON media.id = media_id AND media.redacted"
    " WHERE expires_at > %(now)s"
)


def judgeable(conn: Connection, incident_id: UUID) -> list[ReviewCandidate]:
    """Return the events of cameras in an incident that have a bounding box and a redacted image; the threshold's is the
    best.
    """
    return (
        conn.cursor(row_factory=class_row(ReviewCandidate))
        .execute(
            "SELECT DISTINCT ON (event.id) event.id AS event_id, event.source_id AS camera_id, event.hazard,"
            " event.details, media.id AS media_id"
            " FROM incident_member AS member JOIN event ON event.id = member.signal_id"
            " JOIN evidence ON evidence.event_id = event.id JOIN media ON media.id = evidence.media_id"
            " WHERE member.incident_id = %s AND member.removed_at IS NULL AND event.source_kind = 'camera'"
            " AND event.hazard = ANY(%s) AND event.details ? 'box' AND media.redacted"
            " AND evidence.role IN ('threshold', 'arrival')"
            " ORDER BY event.id, evidence.role = 'threshold' DESC, evidence.number LIMIT 100",
            (incident_id, _reviewed()),
        )
        .fetchall()
    )


def _reviewed() -> list[str]:
    return [one.id for one in reviewed_hazards()]


def collect(conn: Connection, item: ReviewItem) -> None:
    """Stores an item; one of the same event gets the new verdict, and loses what was drawn for the old one."""
    conn.execute(
        "INSERT INTO review_item (id, event_id, incident_id, camera_id, hazard, verdict, media_id, seen, boxes,"
        " collected_at, expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (event_id) DO UPDATE SET verdict = excluded.verdict, incident_id = excluded.incident_id,"
        " boxes = excluded.boxes, complete = false, rejected = false, expires_at = excluded.expires_at",
        (
            item.id,
            item.event_id,
            item.incident_id,
            item.camera_id,
            item.hazard,
            item.verdict,
            item.media_id,
            Jsonb(item.seen),
            Jsonb(item.boxes),
            item.collected_at,
            item.expires_at,
        ),
    )


def reject_confirmed(conn: Connection, incident_id: UUID) -> None:
    """Exclude the images of a confirmation that was withdrawn; what an operator has edited since stays."""
    conn.execute(
        "UPDATE review_item SET rejected = true WHERE incident_id = %s AND verdict = 'confirmed' AND edited_by IS NULL",
        (incident_id,),
    )


def items(conn: Connection, *, now: datetime, verdict: str | None = None, limit: int) -> list[ReviewItem]:
    """Items that have not expired, the newest first."""
    return (
        conn.cursor(row_factory=class_row(ReviewItem))
        .execute(
            _ITEMS + " AND (%(verdict)s::text IS NULL OR verdict = %(verdict)s)"
            " ORDER BY collected_at DESC, review_item.id LIMIT %(limit)s",
            {"now": now, "verdict": verdict, "limit": limit},
        )
        .fetchall()
    )


def item(conn: Connection, item_id: UUID, *, now: datetime) -> ReviewItem | None:
    """Return one item, None where there is none or it has expired."""
    found = conn.cursor(row_factory=class_row(ReviewItem)).execute(
        _ITEMS + " AND review_item.id = %(id)s", {"now": now, "id": item_id}
    )
    return found.fetchone()


def edit(
    conn: Connection,
    item_id: UUID,
    *,
    boxes: Sequence[dict[str, Any]],
    complete: bool,
    rejected: bool,
    by: str,
    now: datetime,
) -> None:
    """Store what an operator sees in the image."""
    conn.execute(
        "UPDATE review_item SET boxes = %s, complete = %s, rejected = %s, edited_by = %s, edited_at = %s WHERE id = %s",
        (Jsonb(list(boxes)), complete, rejected, by, now, item_id),
    )


def note_look(conn: Connection, *, actor: str, action: str, item_ids: Sequence[UUID], now: datetime) -> None:
    """Writes who looked, at what."""
    conn.execute(
        "INSERT INTO review_look (actor, action, items, at) VALUES (%s, %s, %s, %s)",
        (actor, action, list(item_ids), now),
    )


def clean_frames(conn: Connection, *, limit: int, now: datetime) -> list[CleanFrame]:
    """Frames of the random sample of accuracy in which an operator saw no trash, the newest first."""
    found = conn.cursor(row_factory=class_row(CleanFrame)).execute(
        "SELECT id, camera_id, taken_at, jpeg FROM accuracy_item AS item WHERE kind = 'frame' AND jpeg IS NOT NULL"
        " AND 'trash' = ANY (hazards) AND present IS NOT NULL AND NOT 'trash' = ANY (present) AND expires_at > %s"
        " AND NOT EXISTS (SELECT FROM camera_masked AS masked WHERE masked.camera_id = item.camera_id)"
        " ORDER BY taken_at DESC, id LIMIT %s",
        (now, limit),
    )
    return found.fetchall()


def forget_expired(conn: Connection, *, now: datetime) -> int:
    """Deletes items whose time is over, a bounded bite; how many."""
    gone = conn.execute(
        "DELETE FROM review_item WHERE id IN (SELECT id FROM review_item WHERE expires_at <= %s LIMIT %s)",
        (now, _FORGET_AT_ONCE),
    )
    return gone.rowcount


def judged(conn: Connection, *, camera: str | None, limit: int = 100_000) -> list[JudgedAlarm]:
    """Camera events with a score of the detector, in incidents with a verdict, the newest first."""
    rows = conn.execute(
        "SELECT event.source_id AS camera, event.hazard,"
        " coalesce(event.details ->> 'label', event.hazard) AS label, event.confidence AS score,"
        " incident.verdict = 'confirmed' AS confirmed"
        " FROM incident JOIN incident_member AS member ON member.incident_id = incident.id"
        " AND member.removed_at IS NULL JOIN event ON event.id = member.signal_id"
        " WHERE incident.verdict IS NOT NULL AND event.source_kind = 'camera'"
        " AND event.hazard = ANY(%(hazards)s)"
        " AND (%(camera)s::text IS NULL OR event.source_id = %(camera)s)"
        " ORDER BY event.began_at DESC LIMIT %(limit)s",
        {"camera": camera, "limit": limit, "hazards": _reviewed()},
    )
    return [JudgedAlarm(**row) for row in rows]


def judged_clips(conn: Connection, *, limit: int) -> list[JudgedClip]:
    """Return the clips of reported camera events in incidents with a verdict, the newest first.

    Events of before a zone was drawn anew are left out, because the zone of now is not the one that they were in.
    """
    return (
        conn.cursor(row_factory=class_row(JudgedClip))
        .execute(
            "SELECT event.id AS event_id, incident.id AS incident_id, event.source_id AS camera_id, event.hazard,"
            " zone.id AS zone_id, zone.kind AS zone_kind, zone.polygon, incident.verdict, event.began_at,"
            " coalesce(shot.taken_at, clip.began_at + make_interval(secs => 5)) AS reported_at,"
            " (event.details ->> 'allowed_seconds')::double precision AS allowed_seconds,"
            " clip.began_at AS clip_began_at, clip.duration_seconds, media.width, media.height, media.sha256,"
            " (SELECT count(*) FROM incident_member AS other JOIN event AS seen ON seen.id = other.signal_id"
            "  WHERE other.incident_id = incident.id AND other.removed_at IS NULL AND seen.source_kind = 'camera')"
            " AS camera_events"
            " FROM incident JOIN incident_member AS member ON member.incident_id = incident.id"
            " AND member.removed_at IS NULL JOIN event ON event.id = member.signal_id AND event.source_kind = 'camera'"
            " JOIN LATERAL (SELECT * FROM event_clip WHERE event_id = event.id AND node_id = event.node_id"
            "  AND role = 'threshold' ORDER BY number LIMIT 1) AS clip ON true"
            " JOIN media ON media.id = clip.media_id AND media.redacted"
            " JOIN camera_zone AS zone ON zone.camera_id = event.source_id AND zone.id = event.zone_id"
            " LEFT JOIN camera_drawing AS drawing ON drawing.camera_id = event.source_id"
            " LEFT JOIN LATERAL (SELECT taken_at FROM evidence WHERE event_id = event.id AND role = 'threshold'"
            "  ORDER BY number LIMIT 1) AS shot ON true"
            " WHERE incident.verdict IS NOT NULL AND event.hazard IN ('illegal_parking', 'trash', 'flooding')"
            " AND media.width > 0 AND media.height > 0"
            " AND (drawing.adopted_at IS NULL OR drawing.adopted_at <= event.began_at)"
            " ORDER BY event.began_at DESC, event.id LIMIT %s",
            (limit,),
        )
        .fetchall()
    )


def nodes_of(conn: Connection, cameras: Sequence[str]) -> dict[str, str]:
    """Return the node of each camera, where one is known."""
    rows = conn.execute(
        "SELECT camera_id, node_id FROM camera_latest WHERE camera_id = ANY(%(ids)s)"
        " UNION ALL SELECT id, node_id FROM camera WHERE id = ANY(%(ids)s) AND node_id IS NOT NULL",
        {"ids": list(cameras)},
    )
    return {row["camera_id"]: row["node_id"] for row in rows}
