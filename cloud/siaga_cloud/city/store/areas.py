"""Reads areas, agencies and who is responsible for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaShape:
    """Represents an area with its GeoJSON geometry."""

    id: str
    level: str
    geometry: dict[str, Any]


def version(conn: Connection) -> str:
    """Changes whenever any area does."""
    row = conn.execute("SELECT count(*) || '/' || coalesce(max(updated_at)::text, '') AS version FROM area").fetchone()
    return str(row["version"]) if row else ""


def shapes(conn: Connection) -> list[AreaShape]:
    """Return every area that has a geometry."""
    rows = conn.execute("SELECT id, level, geometry FROM area WHERE geometry IS NOT NULL ORDER BY id")
    return [AreaShape(**row) for row in rows]


def agency_for(conn: Connection, *, category: str, area_id: str | None) -> str | None:
    """Return the agency of a category: a route of the area itself, else of its nearest ancestor, else the general
    one."""
    row = conn.execute(
        "WITH RECURSIVE up AS ("
        " SELECT id, parent_id, 0 AS depth FROM area WHERE id = %(area_id)s"
        " UNION ALL SELECT area.id, area.parent_id, depth + 1 FROM area JOIN up ON area.id = up.parent_id"
        " WHERE depth < 8)"
        " SELECT agency_id FROM agency_route LEFT JOIN up ON up.id = agency_route.area_id"
        " WHERE category = %(category)s AND (agency_route.area_id IS NULL OR up.id IS NOT NULL)"
        " ORDER BY depth NULLS LAST LIMIT 1",
        {"area_id": area_id, "category": category},
    ).fetchone()
    return row["agency_id"] if row else None


def is_agency(conn: Connection, agency_id: str) -> bool:
    """Return whether there is such an agency."""
    return conn.execute("SELECT 1 FROM agency WHERE id = %s", (agency_id,)).fetchone() is not None


def agency_of_user(conn: Connection, user_id: str) -> tuple[bool, str | None]:
    """(whether there is such an active user, their agency)."""
    row = conn.execute("SELECT agency_id FROM app_user WHERE id = %s AND disabled_at IS NULL", (user_id,)).fetchone()
    return (row is not None, row["agency_id"] if row else None)
