"""Reads the figures of the whole: the summary, the nodes with their delivery accounts, a citizen's report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db import callers as read_people
from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Counts for the head of the page. Keys are categories, states and stages as words."""

    at: datetime
    open_incidents: dict[str, int]
    tasks: dict[str, int]
    overdue_tasks: int
    gauges: dict[str, int]
    cameras: int
    cameras_unknown: int
    reports_today: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An edge node and the account of what it sent: `missing` are gaps that nobody accounts for."""

    id: str
    name: str | None
    state: str
    state_at: datetime | None
    software: str
    last_seen_at: datetime | None
    health: dict[str, Any] | None
    health_at: datetime | None
    received: int
    stored: int
    duplicate: int
    dead: int
    quarantined: int
    evicted: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedReport:
    """What the one who reported may see of the report."""

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


_SUMMARY = """
SELECT now() AS at,
    (SELECT coalesce(jsonb_object_agg(category, n), '{}') FROM (SELECT category, count(*) AS n
        FROM incident_seen AS incident WHERE state = 'open' GROUP BY category) AS counted) AS open_incidents,
    (SELECT coalesce(jsonb_object_agg(state, n), '{}') FROM (SELECT state, count(*) AS n
        FROM task_seen AS task GROUP BY state) AS counted) AS tasks,
    (SELECT count(*) FROM task_seen AS task
        WHERE finished_at IS NULL AND paused_at IS NULL AND resolve_by < now()) AS overdue_tasks,
    (SELECT coalesce(jsonb_object_agg(stage, n), '{}') FROM (
        SELECT CASE WHEN latest.measured_at IS NULL OR latest.stale_since IS NOT NULL OR latest.stage IS NULL
            OR latest.measured_at < now() - make_interval(secs => gauge.stale_seconds) THEN 'unknown'
            ELSE 'siaga_' || latest.stage END AS stage, count(*) AS n
        FROM gauge LEFT JOIN gauge_latest AS latest ON latest.gauge_id = gauge.id
        WHERE gauge.retired_at IS NULL GROUP BY 1) AS counted) AS gauges,
    (SELECT count(*) FROM camera WHERE retired_at IS NULL) AS cameras,
    (SELECT count(*) FROM camera LEFT JOIN camera_latest AS latest ON latest.camera_id = camera.id
        WHERE camera.retired_at IS NULL AND (latest.camera_id IS NULL OR latest.unknown_since IS NOT NULL))
        AS cameras_unknown,
    (SELECT count(*) FROM report_seen AS report WHERE received_at >= now() - interval '24 hours') AS reports_today
"""


def summary(conn: Connection) -> Summary:
    """The counts now."""
    found = conn.cursor(row_factory=class_row(Summary)).execute(_SUMMARY).fetchone()
    if found is None:
        raise LookupError("a select without a from gives one row")
    return found


def nodes(conn: Connection) -> list[Node]:
    """All nodes, with the accounts of all their outboxes added up."""
    return (
        conn.cursor(row_factory=class_row(Node))
        .execute(
            "SELECT node.id, node.name, node.state, node.state_at, node.software, node.last_seen_at, node.health,"
            " node.health_at, coalesce(sum(ledger.received), 0)::bigint AS received,"
            " coalesce(sum(ledger.stored), 0)::bigint AS stored,"
            " coalesce(sum(ledger.duplicate), 0)::bigint AS duplicate, coalesce(sum(ledger.dead), 0)::bigint AS dead,"
            " coalesce(sum(ledger.quarantined), 0)::bigint AS quarantined,"
            " coalesce(sum(ledger.evicted), 0)::bigint AS evicted,"
            " coalesce(sum(ledger.missing), 0)::bigint AS missing"
            " FROM node LEFT JOIN node_ledger AS ledger ON ledger.node_id = node.id WHERE node.retired_at IS NULL"
            " GROUP BY node.id ORDER BY node.id"
        )
        .fetchall()
    )


def followed_report(conn: Connection, secret_sha256: bytes) -> FollowedReport | None:
    """A report by the hash of its follow-up secret, with where its incident and task stand."""
    read_people.show_report(conn, secret_sha256)
    found = conn.cursor(row_factory=class_row(FollowedReport)).execute(
        "SELECT report.id, report.category, report.body, report.received_at, area.name AS area_name,"
        " (SELECT count(*) FROM report_media AS photo WHERE photo.report_id = report.id) AS photos,"
        " incident.id AS incident_id, task.id AS task_id, incident.number AS incident_number,"
        " incident.state AS incident_state, task.number AS task_number,"
        " task.state AS task_state, agency.name AS agency_name,"
        " greatest(task.updated_at, incident.updated_at) AS updated_at"
        " FROM report LEFT JOIN area ON area.id = report.area_id"
        " LEFT JOIN incident_member AS member ON member.signal_id = report.id AND member.removed_at IS NULL"
        " LEFT JOIN incident_seen AS incident ON incident.id = member.incident_id"
        " LEFT JOIN LATERAL (SELECT * FROM task_seen AS task WHERE task.incident_id = incident.id"
        "   ORDER BY created_at DESC LIMIT 1) AS task ON true"
        " LEFT JOIN agency ON agency.id = task.agency_id WHERE report.secret_sha256 = %s",
        (secret_sha256,),
    )
    return found.fetchone()
