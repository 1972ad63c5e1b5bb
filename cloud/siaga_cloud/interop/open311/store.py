"""Reads reports as Open311 shows them to everybody, with the status of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Represents one report. Its place is the centre of a square of about 250 m."""

    id: UUID
    category: str
    lat: float
    lon: float
    area_name: str | None
    requested_at: datetime
    updated_at: datetime
    expected_at: datetime | None
    is_closed: bool
    incident_state: str | None
    task_state: str | None
    agency_name: str | None
    media_id: UUID | None
    incident_id: UUID | None
    incident_number: int | None
    severity: str | None
    area_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Selects reports. `ids` overrides everything else; times are [from, to]; `near` is (lat, lon, metres) around the
    shown place.
    """

    ids: Sequence[UUID] | None = None
    categories: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    updated_after: datetime | None = None
    updated_before: datetime | None = None
    near: tuple[float, float, float] | None = None
    closed: bool | None = None
    limit: int = 1000
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedReport:
    """Represents a report with its true place; only a transaction that writes uses it."""

    id: UUID
    category: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Represents a move of the work on a report."""

    move_id: int
    report_id: UUID
    at: datetime
    to_state: str
    agency_name: str | None


# The task that a duplicate follows stands for it.
_NEWEST: Final = """SELECT coalesce(follow.parent_id, held.id) AS id FROM task_seen AS held
    LEFT JOIN task_follow AS follow ON follow.task_id = held.id AND held.state = 'following'
    WHERE held.incident_id = incident.id ORDER BY held.created_at DESC LIMIT 1"""
# LIMIT 1 says that each is looked up for a report: joined as tables, all of years would be read for a page.
_STANDING: Final = f"""
 FROM report_seen AS report
 LEFT JOIN area ON area.id = report.area_id
 LEFT JOIN LATERAL (SELECT incident_id FROM incident_member
    WHERE signal_id = report.id AND removed_at IS NULL LIMIT 1) AS member ON true
 LEFT JOIN LATERAL (SELECT id, number, severity, state, closed_at FROM incident_seen
    WHERE id = member.incident_id LIMIT 1) AS incident ON true
 LEFT JOIN LATERAL ({_NEWEST}) AS newest ON true
 LEFT JOIN LATERAL (SELECT id, state, agency_id, resolve_by, finished_at, updated_at FROM task_seen WHERE id = newest.id
    LIMIT 1) AS task ON true
 LEFT JOIN agency ON agency.id = task.agency_id
"""  # noqa: S608 - no value is in it
_REQUESTS = f"""
SELECT *, public_image_of(id) AS media_id FROM (SELECT * FROM (
 SELECT report.id, report.category, report.lat, report.lon, area.name AS area_name, report.received_at AS requested_at,
  standing.is_closed, incident.id AS incident_id, incident.number AS incident_number, incident.severity, report.area_id,
  incident.state AS incident_state, task.state AS task_state, agency.name AS agency_name,
  CASE WHEN standing.is_closed THEN NULL ELSE task.resolve_by END AS expected_at,
  greatest(report.received_at, CASE WHEN standing.is_closed THEN coalesce(task.finished_at, incident.closed_at)
    ELSE task.updated_at END) AS updated_at
 {_STANDING}
 CROSS JOIN LATERAL (SELECT CASE WHEN task.id IS NOT NULL THEN task.finished_at IS NOT NULL
    ELSE coalesce(incident.state <> 'open', false) END AS is_closed)
    AS standing
 WHERE (%(ids)s::uuid[] IS NULL OR report.id = ANY (%(ids)s))
  AND (%(categories)s::text[] IS NULL OR report.category = ANY (%(categories)s))
  AND (%(since)s::timestamptz IS NULL OR report.received_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR report.received_at <= %(until)s)
  AND (%(metres)s::float8 IS NULL OR (report.lat BETWEEN %(lat)s - %(metres)s / 111000 AND %(lat)s + %(metres)s / 111000
   AND 2 * 6371008.8 * asin(least(1, sqrt(sin(radians(report.lat - %(lat)s) / 2) ^ 2
    + cos(radians(report.lat)) * cos(radians(%(lat)s)) * sin(radians(report.lon - %(lon)s) / 2) ^ 2))) <= %(metres)s))
) AS shown
WHERE (%(updated_after)s::timestamptz IS NULL OR updated_at > %(updated_after)s)
 AND (%(updated_before)s::timestamptz IS NULL OR updated_at < %(updated_before)s)
 AND (%(closed)s::boolean IS NULL OR is_closed = %(closed)s)
ORDER BY requested_at DESC, id DESC LIMIT %(limit)s OFFSET %(offset)s) AS page ORDER BY requested_at DESC, id DESC
"""  # noqa: S608 - no value is in it
_MOVED = "move.at >= %(since)s AND move.at <= %(until)s AND move.to_state IS DISTINCT FROM move.from_state"
_UPDATES_OF = f"""
SELECT move.id AS move_id, report.id AS report_id, move.at, move.to_state, agency.name AS agency_name
{_STANDING}
 JOIN task_move_seen AS move ON move.task_id = task.id
WHERE {_MOVED} AND report.id = ANY (%(reports)s)
ORDER BY move.at, move.id, report.id LIMIT %(limit)s OFFSET %(offset)s
"""
# From the moves to their reports: those of the task's own incident and of incidents whose task follows it, as far as no
# newer task stands for them.
_UPDATES = f"""
SELECT move.id AS move_id, report.id AS report_id, move.at, move.to_state, agency.name AS agency_name
FROM task_move_seen AS move
 JOIN LATERAL (SELECT incident_id, agency_id FROM task_seen WHERE id = move.task_id LIMIT 1) AS task ON true
 LEFT JOIN agency ON agency.id = task.agency_id
 JOIN LATERAL (SELECT task.incident_id AS id UNION SELECT held.incident_id FROM task_follow AS follow
    JOIN task_seen AS held ON held.id = follow.task_id AND held.state = 'following'
    WHERE follow.parent_id = move.task_id) AS incident ON true
 JOIN LATERAL ({_NEWEST}) AS newest ON newest.id = move.task_id
 JOIN LATERAL (SELECT report.id FROM incident_member AS member
    JOIN report_seen AS report ON report.id = member.signal_id WHERE member.incident_id = incident.id
    AND member.removed_at IS NULL OFFSET 0) AS report ON true
WHERE {_MOVED}
ORDER BY move.at, move.id, report.id LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608 - no value is in it


def requests(conn: Connection, wanted: RequestFilter) -> list[Request]:
    """Reports, the newest first."""
    values: dict[str, Any] = {
        "ids": None if wanted.ids is None else list(wanted.ids),
        "categories": None if wanted.categories is None else list(wanted.categories),
        "since": wanted.since,
        "until": wanted.until,
        "updated_after": wanted.updated_after,
        "updated_before": wanted.updated_before,
        **dict(zip(("lat", "lon", "metres"), wanted.near or (None, None, None), strict=True)),
        "closed": wanted.closed,
        "limit": wanted.limit,
        "offset": wanted.offset,
    }
    return conn.cursor(row_factory=class_row(Request)).execute(_REQUESTS.encode(), values).fetchall()


def updates(
    conn: Connection,
    *,
    since: datetime,
    until: datetime,
    report_ids: Sequence[UUID] | None,
    limit: int,
    offset: int = 0,
) -> list[Update]:
    """Moves of the work on reports, the oldest first."""
    values: dict[str, Any] = {"since": since, "until": until, "limit": limit, "offset": offset}
    query = _UPDATES
    if report_ids is not None:
        query, values["reports"] = _UPDATES_OF, list(report_ids)
    return conn.cursor(row_factory=class_row(Update)).execute(query.encode(), values).fetchall()


def located(conn: Connection, report_id: UUID) -> LocatedReport | None:
    """Return a report by its id, None where there is none."""
    return (
        conn.cursor(row_factory=class_row(LocatedReport))
        .execute("SELECT id, category, lat, lon FROM report WHERE id = %s", (report_id,))
        .fetchone()
    )
