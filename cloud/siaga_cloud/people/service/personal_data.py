"""Reads personal data, with a record of each access, and erases a person without losing the counts."""

from __future__ import annotations

import io
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from PIL import Image

from siaga_cloud.people.store import personal_data as db
from siaga_cloud.people.store.personal_data import AuditEntry, AuditFilter, PersonalReport
from siaga_cloud.platform.db import audit
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import NotFoundError
from siaga_cloud.platform.media.folder import MediaFolder

REPORTER: Final = "reporter"


def look_at_report(conn: Connection, report_id: UUID, *, by: str, why: str, now: datetime) -> PersonalReport:
    """Return a report with the reporter's words and contact; raises NotFoundError outside of the caller's scope."""
    found = db.report(conn, report_id)
    if found is None:
        raise NotFoundError(f"there is no report {report_id} in your area or agency", code="report_not_found")
    has_contact = any((found.name, found.email, found.phone))
    audit.record(
        conn,
        actor=by,
        action="look_at_report",
        kind="report",
        object_id=str(report_id),
        why=why,
        details={"contact": has_contact, "photos": len(found.photos)},
        now=now,
    )
    return found


def forget(
    conn: Connection, report_id: UUID, *, all_of_reporter: bool, media: MediaFolder, by: str, why: str, now: datetime
) -> tuple[int, list[str]]:
    """Erases a report's text, contact and photos, or those of every report of the same reporter; how many reports.

    Also returns the images' hashes that nothing uses any more: delete these files once this is committed. The report
    itself, its place to about 100 m, category, times and what became of it stay, so that figures do not change.
    """
    reports = db.of_same_reporter(conn, report_id) if all_of_reporter else [report_id]
    shown = db.photos(conn, reports)
    blank = blank_image()
    count = db.erase(
        conn,
        reports,
        fresh_hash=f"forgotten-{secrets.token_hex(11)}",
        blank_sha256=media.persist(blank),
        blank_bytes=len(blank),
    )
    if not count:
        raise NotFoundError(f"there is no report {report_id}", code="report_not_found")
    for one in reports:
        audit.record(
            conn,
            actor=by,
            action="forget_report",
            kind="report",
            object_id=str(one),
            why=why,
            details={"reporter_hash": "replaced", "reports": count},
            now=now,
        )
    return count, sorted({sha256 for _, sha256 in shown if not db.is_used(conn, sha256)})


def report_of_secret(conn: Connection, secret_sha256: bytes) -> UUID:
    """Return the report of a follow-up secret; raises NotFoundError."""
    found = db.by_secret(conn, secret_sha256)
    if found is None:
        raise NotFoundError("there is no such report; the address may have been cut off", code="report_link_not_found")
    return found


def audit_lines(
    conn: Connection, wanted: AuditFilter, *, newest_first: bool = False, limit: int = 1000
) -> list[AuditEntry]:
    """Return the audit, by number."""
    return db.audit_lines(conn, wanted, newest_first=newest_first, limit=limit)


def blank_image() -> bytes:
    """Return the image that takes the place of an erased one."""
    out = io.BytesIO()
    Image.new("L", (16, 16), 200).save(out, "JPEG")
    return out.getvalue()
