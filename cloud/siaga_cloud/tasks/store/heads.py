"""Reads what a head is responsible for, and who can be assigned there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    """Represents an area by its name."""

    id: str
    name: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Represents an officer. `since` is when duty began, else None. `tasks` counts unfinished ones in hand, `overdue`
    those past a deadline.
    """

    user_id: str
    name: str
    agency_id: str | None
    agency_name: str | None
    area_id: str | None
    area_name: str | None
    since: datetime | None
    lat: float | None
    lon: float | None
    seen_at: datetime | None
    tasks: int
    overdue: int


def is_within(conn: Connection, area_id: str, ancestor_id: str) -> bool:
    """Return whether an area is another or lies in it."""
    row = conn.execute(
        "SELECT 1 FROM area_within WHERE area_id = %s AND ancestor_id = %s", (area_id, ancestor_id)
    ).fetchone()
    return row is not None


def path(conn: Connection, area_id: str) -> list[AreaRow]:
    """Return an area and all that it lies in, itself first; empty where there is no such area."""
    rows = conn.cursor(row_factory=class_row(AreaRow)).execute(
        "SELECT area.id, area.name, area.level FROM unnest(area_path(%s)) WITH ORDINALITY AS up (id, place)"
        " JOIN area ON area.id = up.id ORDER BY up.place",
        (area_id,),
    )
    return rows.fetchall()


def below(conn: Connection, area_id: str | None) -> list[AreaRow]:
    """Return the areas that make up an area, by name; None: the cities."""
    rows = conn.cursor(row_factory=class_row(AreaRow)).execute(
        "SELECT id, name, level FROM area WHERE CASE WHEN %(id)s::text IS NULL THEN level = 'city'"
        " ELSE parent_id = %(id)s END ORDER BY name, id LIMIT 500",
        {"id": area_id},
    )
    return rows.fetchall()


def within(conn: Connection, area_id: str) -> list[str]:
    """Return the ids of an area and of all that lie in it."""
    rows = conn.execute("SELECT area_id FROM area_within WHERE ancestor_id = %s ORDER BY 1", (area_id,))
    return [row["area_id"] for row in rows]


def categories_of(conn: Connection, agency_id: str) -> list[str]:
    """Return what an agency handles, anywhere."""
    rows = conn.execute("SELECT DISTINCT category FROM agency_route WHERE agency_id = %s ORDER BY 1", (agency_id,))
    return [row["category"] for row in rows]


def agency_name(conn: Connection, agency_id: str) -> str | None:
    """Return what an agency is called; None where there is none."""
    row = conn.execute("SELECT name FROM agency WHERE id = %s", (agency_id,)).fetchone()
    return row["name"] if row else None


def user_area(conn: Connection, user_id: str) -> str | None:
    """Return where somebody works, if it is known."""
    row = conn.execute("SELECT area_id FROM app_user WHERE id = %s", (user_id,)).fetchone()
    return row["area_id"] if row else None


def roster(
    conn: Connection, *, area_id: str | None, agency_id: str | None, now: datetime, limit: int = 1000
) -> list[Roster]:
    """Officers of an agency, of an area, or of both; where they are only as far as the caller may know it.

    Tasks are those that the caller may see.
    """
    rows = conn.cursor(row_factory=class_row(Roster)).execute(
        "WITH held AS (SELECT assignee_id, count(*) AS tasks, count(*) FILTER (WHERE resolve_by < %(now)s"
        "  OR (acknowledged_at IS NULL AND acknowledge_by < %(now)s)) AS overdue FROM task"
        "  WHERE finished_at IS NULL AND assignee_id IS NOT NULL GROUP BY 1)"
        " SELECT person.id AS user_id, person.name, person.agency_id, agency.name AS agency_name, person.area_id,"
        " area.name AS area_name, duty.began_at AS since, duty.last_lat AS lat, duty.last_lon AS lon,"
        " duty.last_at AS seen_at, coalesce(held.tasks, 0)::int AS tasks, coalesce(held.overdue, 0)::int AS overdue"
        " FROM app_user AS person LEFT JOIN agency ON agency.id = person.agency_id"
        " LEFT JOIN area ON area.id = person.area_id LEFT JOIN held ON held.assignee_id = person.id"
        " LEFT JOIN officer_duty AS duty ON duty.user_id = person.id AND duty.ended_at IS NULL"
        " WHERE person.role = 'officer' AND person.disabled_at IS NULL"
        " AND (%(agency)s::text IS NULL OR person.agency_id = %(agency)s)"
        " AND (%(area)s::text IS NULL OR person.area_id IN"
        "  (SELECT area_id FROM area_within WHERE ancestor_id = %(area)s))"
        " ORDER BY duty.began_at IS NULL, person.name, person.id LIMIT %(limit)s",
        {"area": area_id, "agency": agency_id, "now": now, "limit": limit},
    )
    return rows.fetchall()
