"""Reads what is known of an image, to which object it belongs, and how the redaction of a photo stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

CLIP: Final = "clip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Represents an image or clip in the media folder. Only `redacted` images may be shown to the public."""

    id: UUID
    sha256: str
    kind: str
    mime: str
    redacted: bool
    created_at: datetime

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it."""
        return self.redacted and self.kind != CLIP


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPhoto:
    """Represents a photo that has no redacted copy yet. `attempts` counts those that failed."""

    media_id: UUID
    sha256: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedCopy:
    """Represents the redacted copy of a photo, whose bytes lie in the media folder already."""

    id: UUID
    sha256: str
    size_bytes: int
    width: int
    height: int
    regions: int


def by_id(conn: Connection, media_id: UUID) -> Media | None:
    """Return one image, or None."""
    found = conn.cursor(row_factory=class_row(Media)).execute(
        "SELECT id, sha256, kind, mime, redacted, created_at FROM media WHERE id = %s", (media_id,)
    )
    return found.fetchone()


def update_queued(conn: Connection, media_ids: Iterable[UUID], *, before: datetime, now: datetime) -> list[UUID]:
    """Store that jobs are queued for those of these photos that wait without one since `before`; return them."""
    rows = conn.execute(
        "UPDATE photo_redaction SET queued_at = %s WHERE media_id = ANY(%s) AND state = 'waiting'"
        " AND coalesce(queued_at < %s, true) RETURNING media_id",
        (now, list(media_ids), before),
    )
    return [row["media_id"] for row in rows]


def list_unqueued(conn: Connection, *, before: datetime, limit: int) -> list[UUID]:
    """Return waiting photos without a job: it was never queued, or was lost since `before`; the newest first."""
    rows = conn.execute(
        "SELECT media_id FROM photo_redaction WHERE state = 'waiting' AND coalesce(queued_at < %s, true)"
        " ORDER BY media_id DESC LIMIT %s",
        (before, limit),
    )
    return [row["media_id"] for row in rows]


def waiting(conn: Connection, media_id: UUID) -> WaitingPhoto | None:
    """Return a photo that waits for its redaction, locked; None where that is decided or the photo was erased."""
    found = conn.cursor(row_factory=class_row(WaitingPhoto)).execute(
        "SELECT media_id, sha256, attempts FROM photo_redaction JOIN media ON media.id = media_id"
        " WHERE media_id = %s AND state = 'waiting' FOR UPDATE",
        (media_id,),
    )
    return found.fetchone()


def insert_copy(conn: Connection, media_id: UUID, copy: RedactedCopy, *, now: datetime) -> None:
    """Stores the redacted copy of a photo; it has the original's kind and time, and neither its place nor author."""
    conn.execute(
        "INSERT INTO media (id, sha256, kind, mime, size_bytes, width, height, redacted, taken_at, created_at)"
        " SELECT %s, %s, kind, 'image/jpeg', %s, %s, %s, true, taken_at, %s FROM media WHERE id = %s",
        (copy.id, copy.sha256, copy.size_bytes, copy.width, copy.height, now, media_id),
    )
    conn.execute(
        "UPDATE photo_redaction SET state = 'redacted', redacted_media_id = %s, regions = %s, reason = '',"
        " decided_at = %s WHERE media_id = %s",
        (copy.id, copy.regions, now, media_id),
    )


def update_failed(conn: Connection, photo: WaitingPhoto, reason: str, *, is_final: bool, now: datetime) -> None:
    """Stores why there is no copy; after a final failure no further attempt is made."""
    conn.execute(
        "UPDATE photo_redaction SET attempts = attempts + 1, reason = %s, state = CASE WHEN %s THEN 'failed' ELSE state"
        " END, decided_at = CASE WHEN %s THEN %s::timestamptz END WHERE media_id = %s",
        (reason, is_final, is_final, now, photo.media_id),
    )


def update_reason(conn: Connection, media_id: UUID, reason: str) -> None:
    """Stores why a photo waits where that is not the photo's fault, so that no attempt is counted."""
    conn.execute("UPDATE photo_redaction SET reason = %s WHERE media_id = %s AND state = 'waiting'", (reason, media_id))
