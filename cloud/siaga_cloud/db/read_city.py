"""Reads the city as the map shows it: areas, waterways, cameras, agencies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from siaga_cloud.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """An area or a waterway with its geometry (GeoJSON)."""

    id: str
    name: str
    kind: str
    parent_id: str | None
    schematic: bool
    geometry: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A zone in a camera's picture."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera. `unknown_since` set: its silence must not be read as "clear"."""

    id: str
    name: str
    lat: float
    lon: float
    area_id: str | None
    area_name: str | None
    unknown_since: datetime | None
    last_frame_at: datetime | None
    zones: list[Zone] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """Who acts."""

    id: str
    name: str
    colour: str | None


def areas(conn: Connection, *, levels: list[str] | None = None) -> list[Shape]:
    """All areas, parents first; only these levels when given."""
    return (
        conn.cursor(row_factory=class_row(Shape))
        .execute(
            "SELECT id, name, level AS kind, parent_id, schematic, geometry FROM area"
            " WHERE %(levels)s::text[] IS NULL OR level = ANY(%(levels)s)"
            " ORDER BY array_position('{province,city,kecamatan,kelurahan,rw}'::text[], level), id",
            {"levels": levels},
        )
        .fetchall()
    )


def waterways(conn: Connection) -> list[Shape]:
    """All rivers and canals."""
    return (
        conn.cursor(row_factory=class_row(Shape))
        .execute("SELECT id, name, kind, NULL::text AS parent_id, schematic, geometry FROM waterway ORDER BY id")
        .fetchall()
    )


def map_version(conn: Connection) -> str:
    """Changes whenever an area or waterway does."""
    row = conn.execute(
        "SELECT count(*) AS n, coalesce(extract(epoch FROM max(updated_at)), 0) AS at"
        " FROM (SELECT updated_at FROM area UNION ALL SELECT updated_at FROM waterway) AS shapes"
    ).fetchone()
    return f"{row['n']}-{row['at']}" if row else "0"


def cameras(conn: Connection) -> list[Camera]:
    """All cameras with their zones."""
    found = conn.execute(
        "SELECT camera.id, camera.name, camera.lat, camera.lon, camera.area_id, area.name AS area_name,"
        " camera_latest.unknown_since, camera_latest.last_frame_at,"
        " (SELECT coalesce(jsonb_agg(jsonb_build_object('id', zone.id, 'kind', zone.kind) ORDER BY zone.id), '[]')"
        "  FROM camera_zone AS zone WHERE zone.camera_id = camera.id) AS zones"
        " FROM camera LEFT JOIN area ON area.id = camera.area_id"
        " LEFT JOIN camera_latest ON camera_latest.camera_id = camera.id ORDER BY camera.id"
    )
    return [Camera(**{**row, "zones": [Zone(**zone) for zone in row["zones"]]}) for row in found]


def agencies(conn: Connection) -> list[Agency]:
    """All agencies by name."""
    found = conn.cursor(row_factory=class_row(Agency)).execute("SELECT id, name, colour FROM agency ORDER BY name, id")
    return found.fetchall()


def area_path(conn: Connection, area_id: str | None) -> list[str]:
    """An area and its ancestors; empty for none."""
    row = conn.execute("SELECT area_path(%s) AS path", (area_id,)).fetchone()
    return list(row["path"]) if row else []
