"""Reads and erases the personal data in reports, and reads the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalReport:
    """Represents a report with the reporter's own words and contact, as far as row-level security allows."""

    id: UUID
    category: str
    channel: str
    body: str
    lat: float
    lon: float
    area_id: str | None
    received_at: datetime
    name: str | None
    email: str | None
    phone: str | None
    photos: list[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Represents who did what, to what, why and when."""

    id: int
    actor: str
    action: str
    object_kind: str
    object_id: str
    why: str
    details: dict[str, Any]
    at: datetime


_AUDIT: LiteralString = (
    "SELECT id, actor, action, object_kind, object_id, why, details, at FROM audit WHERE id > %(after)s"
    " AND (%(before)s::bigint IS NULL OR id < %(before)s)"
    " AND (%(since)s::timestamptz IS NULL OR at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR at < %(until)s)"
    " AND (%(actor)s::text IS NULL OR actor = %(actor)s) AND (%(action)s::text IS NULL OR action = %(action)s)"
    " AND (%(object_kind)s::text IS NULL OR object_kind = %(object_kind)s)"
    " AND (%(object_id)s::text IS NULL OR object_id = %(object_id)s)"
)


def report(conn: Connection, report_id: UUID) -> PersonalReport | None:
    """Return a report in the caller's scope; contact only where the caller may see it."""
    found = conn.cursor(row_factory=class_row(PersonalReport)).execute(
        "SELECT report.id, report.category, report.channel, report.body, report.lat, report.lon, report.area_id,"
        " report.received_at, contact.name, contact.email, contact.phone,"
        " ARRAY(SELECT media_id FROM report_media WHERE report_id = report.id ORDER BY position) AS photos"
        " FROM report LEFT JOIN report_contact AS contact ON contact.report_id = report.id WHERE report.id = %s",
        (report_id,),
    )
    return found.fetchone()


def by_secret(conn: Connection, secret_sha256: bytes) -> UUID | None:
    """Return the report of a follow-up secret."""
    row = conn.execute("SELECT id FROM report WHERE secret_sha256 = %s", (secret_sha256,)).fetchone()
    return row["id"] if row else None


def of_same_reporter(conn: Connection, report_id: UUID) -> list[UUID]:
    """Return every report of the one who sent this, this one with them."""
    rows = conn.execute(
        "SELECT id FROM report WHERE reporter_hash = (SELECT reporter_hash FROM report WHERE id = %s) ORDER BY id",
        (report_id,),
    )
    return [row["id"] for row in rows]


def photos(conn: Connection, report_ids: Sequence[UUID]) -> list[tuple[UUID, str]]:
    """Return (media id, sha256) of the photos of reports, and of those in the reporters' answers, with their
    redacted copies."""
    rows = conn.execute(
        "WITH original AS (SELECT media_id FROM report_media WHERE report_id = ANY(%(reports)s)"
        " UNION ALL SELECT media_id FROM proof_answer WHERE report_id = ANY(%(reports)s))"
        " SELECT media.id, media.sha256 FROM media WHERE id IN (SELECT media_id FROM original UNION ALL"
        " SELECT redacted_media_id FROM photo_redaction WHERE media_id IN (SELECT media_id FROM original))"
        " ORDER BY media.id",
        {"reports": list(report_ids)},
    )
    return [(row["id"], row["sha256"]) for row in rows]


def erase(conn: Connection, report_ids: Sequence[UUID], *, fresh_hash: str, blank_sha256: str, blank_bytes: int) -> int:
    """Erase the reporters of reports with their words and photos; return how many. The definer's rights cover every
    table.
    """
    row = conn.execute(
        "SELECT forget_reports(%s, %s, %s, %s) AS n", (list(report_ids), fresh_hash, blank_sha256, blank_bytes)
    ).fetchone()
    return row["n"] if row else 0


def forget_contacts(conn: Connection, *, before: datetime, limit: int) -> int:
    """Erase the contacts of reports that came before a time and are over; return how many reports."""
    row = conn.execute("SELECT forget_contacts(%s, %s) AS n", (before, limit)).fetchone()
    return row["n"] if row else 0


def forget_photos(conn: Connection, *, before: datetime, blank_sha256: str, blank_bytes: int, limit: int) -> list[str]:
    """Replace photos of reports that were over before a time; return the hashes of what was shown until now."""
    rows = conn.execute("SELECT forget_photos(%s, %s, %s, %s) AS sha256", (before, blank_sha256, blank_bytes, limit))
    return [row["sha256"] for row in rows]


def is_used(conn: Connection, sha256: str) -> bool:
    """Return whether any image still has these bytes."""
    return conn.execute("SELECT FROM media WHERE sha256 = %s LIMIT 1", (sha256,)).fetchone() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Selects lines of the audit log; a field that is None selects everything."""

    after: int = 0
    before: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    actor: str | None = None
    action: str | None = None
    object_kind: str | None = None
    object_id: str | None = None


def audit_lines(conn: Connection, wanted: AuditFilter, *, newest_first: bool = False, limit: int) -> list[AuditEntry]:
    """Lines by their numbers."""
    order = " ORDER BY id DESC LIMIT %(limit)s" if newest_first else " ORDER BY id LIMIT %(limit)s"
    given = {**asdict(wanted), "limit": limit}
    return conn.cursor(row_factory=class_row(AuditEntry)).execute(_AUDIT + order, given).fetchall()
