"""Reads the status of a report for the person who has its secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db import callers
from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedReport:
    """Holds what the reporter may see of the report."""

    id: UUID
    category: str
    body: str
    received_at: datetime
    area_name: str | None
    photos: int
    incident_id: UUID | None
    task_id: UUID | None
    incident_number: int | None
    incident_state: str | None
    task_number: int | None
    task_state: str | None
    agency_name: str | None
    updated_at: datetime | None
    completion: Mapping[str, Any] | None = None
    depth_cm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportImage:
    """Represents a photo of a report by its redacted copy; `public_media_id` is None where there is none (yet)."""

    public_media_id: UUID | None
    received_at: datetime
    redaction: str


def images(conn: Connection, report_id: UUID) -> list[ReportImage]:
    """Return the photos of a report in the order of the report."""
    found = conn.cursor(row_factory=class_row(ReportImage)).execute(
        "SELECT public_media_id, received_at, redaction FROM report_images(%s)", (report_id,)
    )
    return found.fetchall()


def followed_report(conn: Connection, secret_sha256: bytes) -> FollowedReport | None:
    """Return a report by the hash of its follow-up secret, with where its incident and task stand."""
    callers.show_report(conn, secret_sha256)
    found = conn.cursor(row_factory=class_row(FollowedReport)).execute(
        "SELECT report.id, report.category, report.body, report.received_at, area.name AS area_name,"
        " (SELECT count(*) FROM report_media AS photo WHERE photo.report_id = report.id) AS photos,"
        " incident.id AS incident_id, task.id AS task_id, incident.number AS incident_number,"
        " incident.state AS incident_state, task.number AS task_number,"
        " task.state AS task_state, agency.name AS agency_name,"
        " greatest(task.updated_at, incident.updated_at) AS updated_at,"
        " (SELECT to_jsonb(held) FROM task_completion AS held WHERE held.task_id = task.id) AS completion,"
        " report_depth_cm(report.id) AS depth_cm"
        " FROM report LEFT JOIN area ON area.id = report.area_id"
        " LEFT JOIN incident_member AS member ON member.signal_id = report.id AND member.removed_at IS NULL"
        " LEFT JOIN incident_seen AS incident ON incident.id = member.incident_id"
        " LEFT JOIN LATERAL (SELECT * FROM task_seen AS task WHERE task.incident_id = incident.id"
        "   ORDER BY created_at DESC LIMIT 1) AS task ON true"
        " LEFT JOIN agency ON agency.id = task.agency_id WHERE report.secret_sha256 = %s",
        (secret_sha256,),
    )
    return found.fetchone()
