"""Stores the city from imported files: rows with a known id are updated and nothing is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from siaga_cloud.platform.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    """Represents an imported area."""

    id: str
    name: str
    level: str
    parent_id: str | None
    geometry: dict[str, Any] | None
    schematic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterwayRow:
    """Represents an imported river or canal."""

    id: str
    name: str
    kind: str
    geometry: dict[str, Any]
    schematic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeRow:
    """Represents an imported gauge."""

    id: str
    name: str
    river: str
    node_id: str | None
    lat: float
    lon: float
    area_id: str | None
    s3_cm: float | None
    s2_cm: float | None
    s1_cm: float | None
    hysteresis_cm: float
    stale_seconds: int
    datum_cm: float
    downstream_id: str | None
    travel_minutes: float | None
    warns: tuple[str, ...] = ()
    min_cm: float | None = None
    max_cm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRow:
    """Represents an imported camera."""

    id: str
    name: str
    node_id: str | None
    lat: float
    lon: float
    area_id: str | None
    view_radius_m: float
    permission: str = ""
    public_snapshot: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRow:
    """Represents an imported zone of a camera."""

    id: str
    kind: str
    polygon: Sequence[Sequence[float]]
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """Represents an imported person."""

    id: str
    name: str
    role: str
    area_id: str | None
    agency_id: str | None


def known_ids(conn: Connection, table: str) -> frozenset[str]:
    """Return the ids in `area`, `agency`, `camera`, `gauge`, `rain_gauge` or `app_user`."""
    query = {
        "area": "SELECT id FROM area",
        "agency": "SELECT id FROM agency",
        "camera": "SELECT id FROM camera",
        "gauge": "SELECT id FROM gauge",
        "rain_gauge": "SELECT id FROM rain_gauge",
        "app_user": "SELECT id FROM app_user",
    }[table]
    return frozenset(row["id"] for row in conn.execute(query))


def save_areas(conn: Connection, rows: Sequence[AreaRow]) -> None:
    """Parents may come after their children."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO area (id, name, level, parent_id, geometry, schematic) VALUES (%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, level = excluded.level,"
            " parent_id = excluded.parent_id, geometry = coalesce(excluded.geometry, area.geometry),"
            " schematic = excluded.schematic, updated_at = now()",
            [
                (row.id, row.name, row.level, row.parent_id, row.geometry and Jsonb(row.geometry), row.schematic)
                for row in rows
            ],
        )


def save_waterways(conn: Connection, rows: Sequence[WaterwayRow]) -> None:
    """Insert or update rivers and canals."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO waterway (id, name, kind, geometry, schematic) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind,"
            " geometry = excluded.geometry, schematic = excluded.schematic, updated_at = now()",
            [(row.id, row.name, row.kind, Jsonb(row.geometry), row.schematic) for row in rows],
        )


def save_agency(conn: Connection, *, agency_id: str, name: str, colour: str | None) -> None:
    """Insert or update one agency."""
    conn.execute(
        "INSERT INTO agency (id, name, colour) VALUES (%s, %s, %s)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, colour = excluded.colour, updated_at = now()",
        (agency_id, name, colour),
    )


def save_route(conn: Connection, *, category: str, area_id: str | None, agency_id: str) -> None:
    """Sends a category (of an area and all in it) to an agency."""
    conn.execute(
        "INSERT INTO agency_route (category, area_id, agency_id) VALUES (%s, %s, %s)"
        " ON CONFLICT (category, area_id) DO UPDATE SET agency_id = excluded.agency_id",
        (category, area_id, agency_id),
    )


def save_gauges(conn: Connection, rows: Sequence[GaugeRow]) -> None:
    """Downstream gauges may come later in the list."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO gauge (id, name, river, node_id, lat, lon, area_id, s3_cm, s2_cm, s1_cm, hysteresis_cm,"
            " stale_seconds, datum_cm, downstream_id, travel_minutes, min_cm, max_cm) VALUES (%(id)s, %(name)s,"
            " %(river)s, %(node_id)s, %(lat)s, %(lon)s, %(area_id)s, %(s3_cm)s, %(s2_cm)s, %(s1_cm)s,"
            " %(hysteresis_cm)s, %(stale_seconds)s, %(datum_cm)s, %(downstream_id)s, %(travel_minutes)s,"
            " %(min_cm)s, %(max_cm)s) ON CONFLICT (id) DO UPDATE SET"
            " name = excluded.name, river = excluded.river, node_id = coalesce(excluded.node_id, gauge.node_id),"
            " lat = excluded.lat, lon = excluded.lon, area_id = excluded.area_id, s3_cm = excluded.s3_cm,"
            " s2_cm = excluded.s2_cm, s1_cm = excluded.s1_cm, hysteresis_cm = excluded.hysteresis_cm,"
            " stale_seconds = excluded.stale_seconds, datum_cm = excluded.datum_cm,"
            " downstream_id = excluded.downstream_id, travel_minutes = excluded.travel_minutes,"
            " min_cm = excluded.min_cm, max_cm = excluded.max_cm, updated_at = now()",
            [{name: getattr(row, name) for name in GaugeRow.__slots__} for row in rows],
        )
        cursor.execute("DELETE FROM gauge_warns WHERE gauge_id = ANY(%s)", ([row.id for row in rows],))
        cursor.executemany(
            "INSERT INTO gauge_warns (gauge_id, area_id) VALUES (%s, %s)",
            [(row.id, area_id) for row in rows for area_id in row.warns],
        )


def save_camera(conn: Connection, row: CameraRow, zones: Sequence[ZoneRow]) -> None:
    """One camera; its zones are replaced by these."""
    conn.execute(
        "INSERT INTO camera (id, name, node_id, lat, lon, area_id, view_radius_m, permission,"
        " public_snapshot) VALUES (%(id)s, %(name)s, %(node)s, %(lat)s, %(lon)s, %(area)s, %(radius)s, %(permission)s,"
        " coalesce(%(public)s, false))"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, node_id = coalesce(excluded.node_id, camera.node_id),"
        " lat = excluded.lat, lon = excluded.lon, area_id = excluded.area_id,"
        " view_radius_m = excluded.view_radius_m,"
        " permission = coalesce(nullif(excluded.permission, ''), camera.permission),"
        " public_snapshot = coalesce(%(public)s, camera.public_snapshot), updated_at = now()",
        {
            "id": row.id,
            "name": row.name,
            "node": row.node_id,
            "lat": row.lat,
            "lon": row.lon,
            "area": row.area_id,
            "radius": row.view_radius_m,
            "permission": row.permission,
            "public": row.public_snapshot,
        },
    )
    conn.execute("DELETE FROM camera_zone WHERE camera_id = %s", (row.id,))
    for zone in zones:
        conn.execute(
            "INSERT INTO camera_zone (camera_id, id, kind, polygon, lat, lon) VALUES (%s, %s, %s, %s, %s, %s)",
            (row.id, zone.id, zone.kind, Jsonb([list(point) for point in zone.polygon]), zone.lat, zone.lon),
        )


def save_person(conn: Connection, row: PersonRow) -> None:
    """One person; a token that was made stays."""
    conn.execute(
        "INSERT INTO app_user (id, name, role, area_id, agency_id) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, area_id = excluded.area_id,"
        " agency_id = excluded.agency_id",
        (row.id, row.name, row.role, row.area_id, row.agency_id),
    )
