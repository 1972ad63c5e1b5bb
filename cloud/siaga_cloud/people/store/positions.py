"""Stores the duty of officers and their positions during it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Represents a span of duty; `consent_version` is the text that the officer agreed to when it began."""

    id: UUID
    user_id: str
    began_at: datetime
    ended_at: datetime | None
    consent_version: str
    consent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Holds where an officer was, in WGS 84 degrees."""

    measured_at: datetime
    lat: float
    lon: float
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerOnDuty:
    """Represents an officer on duty with the newest position, if there is one. `tasks` counts unfinished ones in
    hand."""

    user_id: str
    name: str
    agency_id: str | None
    area_id: str | None
    since: datetime
    lat: float | None
    lon: float | None
    seen_at: datetime | None
    tasks: int


_DUTY = "id, user_id, began_at, ended_at, consent_version, consent_at"


def duty(conn: Connection, user_id: str) -> Duty | None:
    """Return the span of duty that lasts; None: off duty."""
    found = conn.cursor(row_factory=class_row(Duty)).execute(
        f"SELECT {_DUTY} FROM officer_duty WHERE user_id = %s AND ended_at IS NULL",  # noqa: S608
        (user_id,),
    )
    return found.fetchone()


def duties(conn: Connection, user_id: str, *, since: datetime) -> list[Duty]:
    """Spans of duty that lasted at or after a time, newest first."""
    found = conn.cursor(row_factory=class_row(Duty)).execute(
        f"SELECT {_DUTY} FROM officer_duty WHERE user_id = %s"  # noqa: S608
        " AND (ended_at IS NULL OR ended_at >= %s) ORDER BY began_at DESC LIMIT 200",
        (user_id, since),
    )
    return found.fetchall()


def begin_duty(conn: Connection, duty: Duty) -> None:
    """Begins a span; one that lasts already stays as it is."""
    conn.execute(
        "INSERT INTO officer_duty (id, user_id, began_at, consent_version, consent_at) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (user_id) WHERE ended_at IS NULL DO NOTHING",
        (duty.id, duty.user_id, duty.began_at, duty.consent_version, duty.consent_at),
    )


def end_duty(conn: Connection, user_id: str, *, now: datetime) -> None:
    """Ends the span that lasts, and with it what is known of where the officer is."""
    conn.execute(
        "UPDATE officer_duty SET ended_at = greatest(began_at, %s), last_lat = NULL, last_lon = NULL, last_at = NULL"
        " WHERE user_id = %s AND ended_at IS NULL",
        (now, user_id),
    )


def save(conn: Connection, user_id: str, positions: Sequence[Position], *, now: datetime) -> int:
    """Stores positions; how many were new."""
    added = 0
    for one in positions:
        added += conn.execute(
            "INSERT INTO officer_position (user_id, measured_at, received_at, lat, lon, accuracy_m)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (user_id, one.measured_at, now, one.lat, one.lon, one.accuracy_m),
        ).rowcount
    return added


def move_newest(conn: Connection, user_id: str, position: Position) -> None:
    """Writes where the officer is, unless something newer is known or the duty has ended."""
    conn.execute(
        "UPDATE officer_duty SET last_lat = %s, last_lon = %s, last_at = %s"
        " WHERE user_id = %s AND ended_at IS NULL AND began_at <= %s AND (last_at IS NULL OR last_at < %s)",
        (position.lat, position.lon, position.measured_at, user_id, position.measured_at, position.measured_at),
    )


def on_duty(
    conn: Connection, *, agency_id: str | None, seen_since: datetime | None = None, limit: int
) -> list[OfficerOnDuty]:
    """Officers on duty, of one agency or of all; with `seen_since` only those with a position since then."""
    found = conn.cursor(row_factory=class_row(OfficerOnDuty)).execute(
        "SELECT duty.user_id, person.name, person.agency_id, person.area_id, duty.began_at AS since,"
        " duty.last_lat AS lat, duty.last_lon AS lon, duty.last_at AS seen_at,"
        " (SELECT count(*) FROM task WHERE task.assignee_id = duty.user_id AND task.finished_at IS NULL) AS tasks"
        " FROM officer_duty AS duty JOIN app_user AS person ON person.id = duty.user_id"
        " WHERE duty.ended_at IS NULL AND person.disabled_at IS NULL"
        " AND (%(agency)s::text IS NULL OR person.agency_id = %(agency)s)"
        " AND (%(since)s::timestamptz IS NULL OR duty.last_at >= %(since)s)"
        " ORDER BY duty.last_at DESC NULLS LAST, duty.user_id LIMIT %(limit)s",
        {"agency": agency_id, "since": seen_since, "limit": limit},
    )
    return found.fetchall()


def forget(conn: Connection, *, before: datetime, limit: int) -> None:
    """Drops positions that are older."""
    conn.execute("SELECT forget_officer_positions(%s, %s)", (before, limit))
