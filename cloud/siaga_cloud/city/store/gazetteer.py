"""Reads the names of places: the gazetteer of the city, its kelurahan and its kecamatan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from siaga_cloud.platform.db.connection import Connection
from siaga_core.rules.geometry import LatLon
from siaga_core.rules.text.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaOutline:
    """Represents an area with its name and GeoJSON geometry."""

    id: str
    name: str
    level: str
    geometry: dict[str, Any]


def version(conn: Connection) -> str:
    """Changes whenever the gazetteer or any area does."""
    row = conn.execute(
        "SELECT (SELECT count(*) || '/' || coalesce(max(updated_at)::text, '') FROM gazetteer_place) || '/'"
        " || (SELECT count(*) || '/' || coalesce(max(updated_at)::text, '') FROM area) AS version"
    ).fetchone()
    return str(row["version"]) if row else ""


def outlines(conn: Connection) -> list[AreaOutline]:
    """List the kelurahan and kecamatan with their outlines."""
    rows = conn.execute(
        "SELECT id, name, level, geometry FROM area WHERE level IN ('kelurahan', 'kecamatan') ORDER BY id"
    )
    return [AreaOutline(**row) for row in rows]


def places(conn: Connection) -> list[Place]:
    """List the places that were imported."""
    rows = conn.execute("SELECT id, name, kind, lat, lon, radius_m, aliases FROM gazetteer_place ORDER BY id")
    return [
        Place(
            id=row["id"],
            name=row["name"],
            kind=row["kind"],
            middle=LatLon(lat=row["lat"], lon=row["lon"]),
            radius_m=row["radius_m"],
            aliases=tuple(row["aliases"]),
        )
        for row in rows
    ]


def replace(conn: Connection, wanted: Sequence[Place]) -> None:
    """Puts these places in the stead of all that were there."""
    conn.execute("DELETE FROM gazetteer_place")
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO gazetteer_place (id, name, aliases, kind, lat, lon, radius_m)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                (one.id, one.name, list(one.aliases), one.kind, one.middle.lat, one.middle.lon, one.radius_m)
                for one in wanted
            ],
        )
