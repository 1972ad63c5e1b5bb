"""Reads the city as the map shows it: areas, waterways, cameras and agencies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Represents an area or a waterway with its GeoJSON geometry."""

    id: str
    name: str
    kind: str
    parent_id: str | None
    schematic: bool
    geometry: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Represents a zone in a camera's view."""

    id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """Represents a camera. Where `unknown_since` is set, its silence does not mean "clear"; a masked camera counts as
    unknown too.
    """

    id: str
    name: str
    lat: float
    lon: float
    area_id: str | None
    area_name: str | None
    unknown_since: datetime | None
    last_frame_at: datetime | None
    masked_since: datetime | None = None
    name_en: str = ""
    zones: list[Zone] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """Represents an agency that acts on tasks."""

    id: str
    name: str
    colour: str | None


def areas(conn: Connection, *, levels: list[str] | None = None) -> list[Shape]:
    """Return all areas, parents first; only these levels when given."""
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
    """Return all rivers and canals."""
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


def cameras(conn: Connection, ids: list[str] | None = None) -> list[Camera]:
    """Return all cameras with their zones, or those named."""
    found = conn.execute(
        "SELECT camera.id, camera.name, camera.name_en, camera.lat, camera.lon, camera.area_id, area.name AS area_name,"
        " least(camera_latest.unknown_since, masked.began_at) AS unknown_since, camera_latest.last_frame_at,"
        " masked.began_at AS masked_since,"
        " (SELECT coalesce(jsonb_agg(jsonb_build_object('id', zone.id, 'kind', zone.kind) ORDER BY zone.id), '[]')"
        "  FROM camera_zone AS zone WHERE zone.camera_id = camera.id) AS zones"
        " FROM camera LEFT JOIN area ON area.id = camera.area_id"
        " LEFT JOIN camera_latest ON camera_latest.camera_id = camera.id"
        " LEFT JOIN camera_masked AS masked ON masked.camera_id = camera.id"
        " WHERE camera.retired_at IS NULL AND (%(ids)s::text[] IS NULL OR camera.id = ANY(%(ids)s)) ORDER BY camera.id",
        {"ids": ids},
    )
    return [Camera(**{**row, "zones": [Zone(**zone) for zone in row["zones"]]}) for row in found]


def zone_shapes(conn: Connection, camera_id: str) -> list[dict[str, Any]]:
    """Zones of one camera with their polygons in shares of the image."""
    rows = conn.execute("SELECT id, kind, polygon FROM camera_zone WHERE camera_id = %s ORDER BY id", (camera_id,))
    return [dict(row) for row in rows]


def agencies(conn: Connection) -> list[Agency]:
    """Return all agencies by name."""
    found = conn.cursor(row_factory=class_row(Agency)).execute("SELECT id, name, colour FROM agency ORDER BY name, id")
    return found.fetchall()


def area_name(conn: Connection, area_id: str | None) -> str | None:
    """Return what an area is called, with the one over it; None for none."""
    row = conn.execute(
        "SELECT area.name || coalesce(', ' || parent.name, '') AS name FROM area"
        " LEFT JOIN area AS parent ON parent.id = area.parent_id WHERE area.id = %s",
        (area_id,),
    ).fetchone()
    return row["name"] if row else None


def area_path(conn: Connection, area_id: str | None) -> list[str]:
    """Return an area and its ancestors; empty for none."""
    row = conn.execute("SELECT area_path(%s) AS path", (area_id,)).fetchone()
    return list(row["path"]) if row else []
