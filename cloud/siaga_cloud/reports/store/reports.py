"""Stores citizens' reports and their photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, LiteralString
from uuid import UUID

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Represents an image whose bytes are in the media folder already."""

    id: UUID
    sha256: str
    kind: Literal["evidence", "report", "proof"]
    mime: str
    size_bytes: int
    width: int
    height: int
    redacted: bool = False
    taken_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    uploaded_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Holds how to reach the reporter; it is stored apart from the report."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Represents a report as it is stored, with its photos in sequence."""

    id: UUID
    channel: str
    external_id: str | None
    secret_sha256: bytes
    category: str
    body: str
    lat: float
    lon: float
    area_id: str | None
    reporter_hash: str
    happened_at: datetime
    received_at: datetime
    media_ids: Sequence[UUID] = ()
    contact: Contact | None = None


_SAVE_MEDIA = (
    "INSERT INTO media (id, sha256, kind, mime, size_bytes, width, height, redacted, taken_at, lat, lon,"
    " uploaded_by, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)


def save_media(conn: Connection, media: Media, *, now: datetime) -> None:
    """Stores what is known of an image; a second time changes nothing."""
    save_photos(conn, [media], now=now)


def save_photos(conn: Connection, photos: Sequence[Media], *, now: datetime) -> None:
    """As `save_media` for many."""
    rows = [
        (
            one.id,
            one.sha256,
            one.kind,
            one.mime,
            one.size_bytes,
            one.width,
            one.height,
            one.redacted,
            one.taken_at,
            one.lat,
            one.lon,
            one.uploaded_by,
            now,
        )
        for one in photos
    ]
    _insert(conn, _SAVE_MEDIA, rows)


def by_external_id(conn: Connection, *, channel: str, external_id: str) -> UUID | None:
    """Return the report that a channel has delivered before under the same id."""
    row = conn.execute(
        "SELECT id FROM report WHERE channel = %s AND external_id = %s", (channel, external_id)
    ).fetchone()
    return row["id"] if row else None


def by_external_ids(conn: Connection, *, channel: str, external_ids: Sequence[str]) -> Mapping[str, UUID]:
    """Return which of these a channel has delivered before, with the report of each."""
    rows = conn.execute(
        "SELECT external_id, id FROM report WHERE channel = %s AND external_id = ANY(%s)", (channel, list(external_ids))
    )
    return {row["external_id"]: row["id"] for row in rows}


_SAVE = (
    "INSERT INTO report (id, channel, external_id, secret_sha256, category, body, lat, lon, area_id,"
    " reporter_hash, happened_at, received_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def save(conn: Connection, reports: Sequence[Report]) -> None:
    """Stores reports with their photos; contact data goes to a table of its own."""
    rows = [
        (
            one.id,
            one.channel,
            one.external_id,
            one.secret_sha256,
            one.category,
            one.body,
            one.lat,
            one.lon,
            one.area_id,
            one.reporter_hash,
            one.happened_at,
            one.received_at,
        )
        for one in reports
    ]
    _insert(conn, _SAVE, rows)
    images = [(one.id, media_id, place) for one in reports for place, media_id in enumerate(one.media_ids)]
    _insert(conn, "INSERT INTO report_media VALUES (%s, %s, %s)", images)
    contacts = [(one.id, one.contact) for one in reports if one.contact is not None and one.contact != Contact()]
    rows_of_contacts = [(report_id, held.name, held.email, held.phone) for report_id, held in contacts]
    _insert(conn, "INSERT INTO report_contact VALUES (%s, %s, %s, %s)", rows_of_contacts)


def _insert(conn: Connection, statement: LiteralString, rows: Sequence[Sequence[object]]) -> None:
    """Send all rows at once and wait once."""
    if rows:
        with conn.cursor() as cursor:
            cursor.executemany(statement, rows)
