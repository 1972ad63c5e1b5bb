"""Reads what was known of cameras and nodes at a past minute, and the newest evidence image of each camera by then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.control_room.store.history import state_at
from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCamera:
    """Represents a camera at a past minute. `has_frame` is False for one of which no frame had arrived; the image is
    redacted evidence of the hour before.
    """

    id: str
    unknown_since: datetime | None
    masked_since: datetime | None
    has_frame: bool
    media_id: UUID | None
    taken_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastNode:
    """Represents a node at a past minute."""

    id: str
    state: str


_CAMERAS: Final = f"""
SELECT camera.id, least((past.held ->> 'unknown_since')::timestamptz, mask.began_at) AS unknown_since,
    mask.began_at AS masked_since, coalesce((past.held ->> 'has_frame')::boolean, false) AS has_frame,
    image.media_id, image.taken_at
FROM camera LEFT JOIN LATERAL {state_at("camera", "camera.id")} AS past ON true
LEFT JOIN camera_mask AS mask ON mask.camera_id = camera.id AND mask.began_at < %(at)s
    AND (mask.ended_at IS NULL OR mask.ended_at >= %(at)s)
LEFT JOIN LATERAL (SELECT evidence.media_id, evidence.taken_at FROM event JOIN evidence ON evidence.event_id = event.id
    JOIN media ON media.id = evidence.media_id AND media.redacted AND media.mime LIKE 'image/%%'
    WHERE event.source_kind = 'camera' AND event.source_id = camera.id AND event.began_at < %(at)s
    AND event.began_at > %(at)s - interval '1 day' AND evidence.taken_at < %(at)s
    AND evidence.taken_at > %(at)s - interval '1 hour' AND media.created_at < %(at)s
    ORDER BY evidence.taken_at DESC LIMIT 1) AS image
    -- What was masked then, or is now, is shown to nobody.
    ON mask.camera_id IS NULL AND NOT EXISTS (SELECT FROM camera_masked AS now_masked
        WHERE now_masked.camera_id = camera.id)
WHERE camera.retired_at IS NULL OR camera.retired_at >= %(at)s ORDER BY camera.id LIMIT 10000
"""  # noqa: S608 - our own text

_NODES: Final = f"""
SELECT node.id, past.held ->> 'state' AS state FROM node CROSS JOIN LATERAL {state_at("node", "node.id")} AS past
WHERE node.retired_at IS NULL OR node.retired_at >= %(at)s ORDER BY node.id LIMIT 10000
"""  # noqa: S608 - our own text


def cameras_at(conn: Connection, *, at: datetime) -> list[PastCamera]:
    """Return what was known of every camera."""
    return conn.cursor(row_factory=class_row(PastCamera)).execute(_CAMERAS.encode(), {"at": at}).fetchall()


def nodes_at(conn: Connection, *, at: datetime) -> list[PastNode]:
    """Return whether each node was connected; those that had not been heard by then are left out."""
    return conn.cursor(row_factory=class_row(PastNode)).execute(_NODES.encode(), {"at": at}).fetchall()
