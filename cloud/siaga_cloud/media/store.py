"""Reads what is known of an image, and to which object it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Represents an image in the media folder. Only `redacted` ones may be shown to the public."""

    id: UUID
    sha256: str
    kind: str
    mime: str
    redacted: bool
    created_at: datetime


def by_id(conn: Connection, media_id: UUID) -> Media | None:
    """Return one image, or None."""
    found = conn.cursor(row_factory=class_row(Media)).execute(
        "SELECT id, sha256, kind, mime, redacted, created_at FROM media WHERE id = %s", (media_id,)
    )
    return found.fetchone()
