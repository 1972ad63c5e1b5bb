"""Stores citizens' reports and their photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
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
class Report:
    """Represents a report as it is stored."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Holds how to reach the reporter; it is stored apart from the report."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


def save_media(conn: Connection, media: Media, *, now: datetime) -> None:
    """Stores what is known of an image; a second time changes nothing."""
    conn.execute(
        "INSERT INTO media (id, sha256, kind, mime, size_bytes, width, height, redacted, taken_at, lat, lon,"
        " uploaded_by, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            media.id,
            media.sha256,
            media.kind,
            media.mime,
            media.size_bytes,
            media.width,
            media.height,
            media.redacted,
            media.taken_at,
            media.lat,
            media.lon,
            media.uploaded_by,
            now,
        ),
    )


def by_external_id(conn: Connection, *, channel: str, external_id: str) -> UUID | None:
    """Return the report that a channel has delivered before under the same id."""
    row = conn.execute(
        "SELECT id FROM report WHERE channel = %s AND external_id = %s", (channel, external_id)
    ).fetchone()
    return row["id"] if row else None


def save(conn: Connection, report: Report, *, media_ids: Sequence[UUID], contact: Contact | None) -> None:
    """Stores a report with its photos; contact data goes to a table of its own."""
    conn.execute(
        "INSERT INTO report (id, channel, external_id, secret_sha256, category, body, lat, lon, area_id,"
        " reporter_hash, happened_at, received_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            report.id,
            report.channel,
            report.external_id,
            report.secret_sha256,
            report.category,
            report.body,
            report.lat,
            report.lon,
            report.area_id,
            report.reporter_hash,
            report.happened_at,
            report.received_at,
        ),
    )
    for position, media_id in enumerate(media_ids):
        conn.execute("INSERT INTO report_media VALUES (%s, %s, %s)", (report.id, media_id, position))
    if contact is not None and contact != Contact():
        conn.execute(
            "INSERT INTO report_contact VALUES (%s, %s, %s, %s)",
            (report.id, contact.name, contact.email, contact.phone),
        )
