"""Stores the photos of text channels: those that came along and those that are still to be fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.reports.store.reports import Media


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingPhoto:
    """Represents a photo that is to be fetched. `address` is what its channel named."""

    id: UUID
    channel: str
    source_id: str
    sender: str
    address: str


def count(conn: Connection, *, channel: str, source_id: str) -> int:
    """Return how many photos a conversation has, fetched or not."""
    row = conn.execute(
        "SELECT count(*) AS n FROM text_photo WHERE channel = %s AND source_id = %s AND state <> 'refused'",
        (channel, source_id),
    ).fetchone()
    return int(row["n"]) if row else 0


def save(conn: Connection, wanted: PendingPhoto, *, media_id: UUID | None, now: datetime) -> None:
    """Stores a photo of a conversation; `media_id` None: it is still to be fetched."""
    conn.execute(
        "INSERT INTO text_photo (id, channel, source_id, sender, address, state, media_id, received_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            wanted.id,
            wanted.channel,
            wanted.source_id,
            wanted.sender,
            wanted.address,
            "wanted" if media_id is None else "stored",
            media_id,
            now,
        ),
    )


def wanted(conn: Connection, photo_id: UUID) -> PendingPhoto | None:
    """Return one that is still to be fetched, held against other workers; None where it is done or in other hands."""
    row = conn.execute(
        "SELECT id, channel, source_id, sender, address FROM text_photo WHERE id = %s AND state = 'wanted'"
        " FOR UPDATE SKIP LOCKED",
        (photo_id,),
    ).fetchone()
    return PendingPhoto(**row) if row else None


def waits_since(conn: Connection, photo_id: UUID) -> datetime:
    """Return when the message of a photo arrived."""
    row = conn.execute("SELECT received_at FROM text_photo WHERE id = %s", (photo_id,)).fetchone()
    assert row is not None  # noqa: S101 - the caller holds it
    found: datetime = row["received_at"]
    return found


def left_behind(conn: Connection, *, before: datetime, limit: int) -> list[UUID]:
    """Return photos that have waited for long: their job was lost."""
    rows = conn.execute(
        "SELECT id FROM text_photo WHERE state = 'wanted' AND received_at < %s ORDER BY received_at LIMIT %s",
        (before, limit),
    )
    return [row["id"] for row in rows]


def end(conn: Connection, photo_id: UUID, *, media_id: UUID | None, error: str) -> None:
    """A photo was fetched, or never will be."""
    conn.execute(
        "UPDATE text_photo SET state = %s, media_id = %s, error = %s, address = '' WHERE id = %s",
        ("refused" if media_id is None else "stored", media_id, error[:300], photo_id),
    )


def media_of(conn: Connection, *, channel: str, source_id: str, limit: int) -> list[Media]:
    """Return the photos of a conversation that are here, the first first."""
    rows = conn.execute(
        "SELECT media.id, sha256, kind, mime, size_bytes, width, height, redacted, taken_at, lat, lon, uploaded_by"
        " FROM text_photo JOIN media ON media.id = media_id"
        " WHERE channel = %s AND source_id = %s ORDER BY text_photo.id LIMIT %s",
        (channel, source_id, limit),
    )
    return [Media(**row) for row in rows]


def attach(conn: Connection, *, channel: str, source_id: str, media_id: UUID, most: int) -> bool:
    """Adds a photo to the report that was made of its conversation; False where there is none, or it has enough."""
    done = conn.execute(
        "INSERT INTO report_media SELECT report.id, %(media)s, held.n FROM report, LATERAL (SELECT"
        " count(*) AS n, coalesce(bool_or(media_id = %(media)s), false) AS has FROM report_media"
        " WHERE report_id = report.id) AS held"
        " WHERE channel = %(channel)s AND external_id = %(source)s AND held.n < %(most)s AND NOT held.has",
        {"media": media_id, "channel": channel, "source": source_id, "most": most},
    )
    return done.rowcount == 1
