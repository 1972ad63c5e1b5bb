"""Stores agencies with their names, colours and routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Represents a category that is routed to an agency: everywhere where `area_id` is None, else in that area and all
    below it.
    """

    category: str
    area_id: str | None
    area_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyEntry:
    """Represents an agency with its routes, its people and its open tasks."""

    id: str
    name: str
    colour: str | None
    people: int
    open_tasks: int
    routes: list[Route]


_ENTRY = (
    "SELECT agency.id, agency.name, agency.colour,"
    " (SELECT count(*) FROM app_user WHERE app_user.agency_id = agency.id AND disabled_at IS NULL) AS people,"
    " (SELECT count(*) FROM task_seen AS task WHERE task.agency_id = agency.id AND finished_at IS NULL) AS open_tasks,"
    " (SELECT coalesce(jsonb_agg(jsonb_build_object('category', route.category, 'area_id', route.area_id,"
    "   'area_name', area.name) ORDER BY route.category, route.area_id NULLS FIRST), '[]')"
    "  FROM agency_route AS route LEFT JOIN area ON area.id = route.area_id WHERE route.agency_id = agency.id)"
    " AS routes"
    " FROM agency"
)


def every(conn: Connection) -> list[AgencyEntry]:
    """Return all agencies by name."""
    found = conn.execute(_ENTRY + " ORDER BY agency.name, agency.id LIMIT 1000")
    return [AgencyEntry(**{**row, "routes": [Route(**route) for route in row["routes"]]}) for row in found]


def get(conn: Connection, agency_id: str) -> AgencyEntry | None:
    """Return one agency by its id."""
    row = conn.execute(_ENTRY + " WHERE agency.id = %s", (agency_id,)).fetchone()
    return AgencyEntry(**{**row, "routes": [Route(**route) for route in row["routes"]]}) if row else None


def lock_routes(conn: Connection) -> None:
    """Until the transaction ends, nobody else changes what goes to whom."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('siaga-agency-routes', 0))")


def replace_routes(conn: Connection, agency_id: str, routes: Sequence[tuple[str, str | None]]) -> None:
    """(category, area) that go to an agency from now on, taken from whoever had them."""
    conn.execute("DELETE FROM agency_route WHERE agency_id = %s", (agency_id,))
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO agency_route (category, area_id, agency_id) VALUES (%s, %s, %s)"
            " ON CONFLICT (category, area_id) DO UPDATE SET agency_id = excluded.agency_id",
            [(category, area_id, agency_id) for category, area_id in routes],
        )


def holder(conn: Connection, category: str, area_id: str | None) -> str | None:
    """Who has this route now."""
    row = conn.execute(
        "SELECT agency_id FROM agency_route WHERE category = %s AND area_id IS NOT DISTINCT FROM %s",
        (category, area_id),
    ).fetchone()
    return row["agency_id"] if row else None


def remove(conn: Connection, agency_id: str) -> bool:
    """Removes an agency with its routes; False where people or tasks still name it."""
    try:
        with conn.transaction():
            conn.execute("DELETE FROM agency WHERE id = %s", (agency_id,))
    except ForeignKeyViolation:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaChoice:
    """Represents an area in a list to choose from."""

    id: str
    name: str
    level: str
    within: str | None


def area_names(conn: Connection, *, text: str, limit: int) -> list[AreaChoice]:
    """Areas whose name or id has this text in it, the large ones first."""
    found = conn.cursor(row_factory=class_row(AreaChoice)).execute(
        "SELECT area.id, area.name, area.level, above.name AS within FROM area LEFT JOIN area AS above"
        " ON above.id = area.parent_id WHERE position(lower(%(text)s) IN lower(area.name)) > 0 OR area.id = %(text)s"
        " ORDER BY array_position('{province,city,kecamatan,kelurahan,rw}'::text[], area.level), area.name, area.id"
        " LIMIT %(limit)s",
        {"text": text, "limit": limit},
    )
    return found.fetchall()
