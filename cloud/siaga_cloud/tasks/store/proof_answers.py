"""Stores what reporters answer when they are asked whether work is done, and what is known of them as witnesses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Rollback
from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.reports.store.reports import Media, save_media


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """Represents the answer of a reporter: whether it is fixed, and a photo."""

    report_id: UUID
    fixed: bool
    media_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterRow:
    """Represents what is known of the reporter of a report with regard to an officer."""

    report_id: UUID
    channel: str
    confirmed_elsewhere: int
    is_paired: bool


def report_of_secret(conn: Connection, secret_sha256: bytes) -> UUID | None:
    """Return the report that a follow-up secret belongs to."""
    row = conn.execute("SELECT id FROM report WHERE secret_sha256 = %s", (secret_sha256,)).fetchone()
    return row["id"] if row else None


def open_proof_of_report(conn: Connection, report_id: UUID) -> UUID | None:
    """Return the newest undecided proof of the incident that a report is in."""
    row = conn.execute(
        "SELECT proof.id FROM incident_member AS member JOIN task ON task.incident_id = member.incident_id"
        " JOIN proof ON proof.task_id = task.id WHERE member.signal_id = %s AND member.removed_at IS NULL"
        " AND proof.outcome IS NULL ORDER BY proof.made_at DESC LIMIT 1",
        (report_id,),
    ).fetchone()
    return row["id"] if row else None


def is_answered(conn: Connection, *, report_id: UUID, proof_id: UUID) -> bool:
    """Return whether a report was answered for."""
    query = "SELECT FROM proof_answer WHERE report_id = %s AND proof_id = %s"
    return conn.execute(query, (report_id, proof_id)).fetchone() is not None


def save_answer(
    conn: Connection, *, report_id: UUID, proof_id: UUID, fixed: bool, photo: Media | None, now: datetime
) -> bool:
    """Store the answer of a reporter with its photo; return False (and store nothing) where the report was answered
    before.
    """
    with conn.transaction():
        if photo is not None:
            save_media(conn, photo, now=now)
        inserted = conn.execute(
            "INSERT INTO proof_answer VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING fixed",
            (report_id, proof_id, fixed, photo.id if photo is not None else None, now),
        ).fetchone()
        if inserted is None:
            raise Rollback
    return inserted is not None


def answers(conn: Connection, proof_id: UUID) -> list[AnswerRow]:
    """Return the answers of reporters about a proof, the first first."""
    found = conn.cursor(row_factory=class_row(AnswerRow)).execute(
        "SELECT report_id, fixed, media_id FROM proof_answer WHERE proof_id = %s ORDER BY at, report_id LIMIT 100",
        (proof_id,),
    )
    return found.fetchall()


def reporter_records(conn: Connection, incident_id: UUID, *, officer: str) -> dict[UUID, ReporterRow]:
    """Return what is known of the reporters of an incident with regard to an officer, by report."""
    found = conn.cursor(row_factory=class_row(ReporterRow)).execute(
        "SELECT report.id AS report_id, report.channel, (SELECT count(DISTINCT task.id) FROM report AS earlier"
        "   JOIN incident_member AS joined ON joined.signal_id = earlier.id AND joined.removed_at IS NULL"
        "   JOIN task ON task.incident_id = joined.incident_id AND task.state = 'verified'"
        "     AND split_part(task.verified_by, ':', 1) IN ('camera', 'gauge', 'operator')"
        "     AND task.assignee_id IS DISTINCT FROM %(officer)s"
        "   WHERE earlier.reporter_hash = report.reporter_hash AND joined.incident_id <> %(incident)s)::int"
        "   AS confirmed_elsewhere,"
        " EXISTS (SELECT FROM reporter_pair WHERE reporter_pair.reporter_hash = report.reporter_hash"
        "   AND officer_id = %(officer)s) AS is_paired"
        " FROM incident_member AS member JOIN report ON report.id = member.signal_id"
        " WHERE member.incident_id = %(incident)s AND member.removed_at IS NULL LIMIT 100",
        {"incident": incident_id, "officer": officer},
    )
    return {row.report_id: row for row in found}
