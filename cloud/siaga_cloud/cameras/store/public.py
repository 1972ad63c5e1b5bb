"""Reads the cameras whose newest redacted snapshot the city shows to everybody, and those snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from siaga_cloud.platform.db.connection import Connection

_EARTH_METRES: Final = 6_371_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCamera:
    """Represents a camera that the city marked as public. `distance_m` is from the middle of an area."""

    id: str
    name: str
    name_en: str
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSnapshot:
    """Represents the newest snapshot of a public camera, redacted by its node."""

    camera_id: str
    taken_at: datetime
    jpeg: bytes


def camera_ids(conn: Connection) -> list[str]:
    """Return the public cameras that are in use."""
    rows = conn.execute("SELECT id FROM camera WHERE public_snapshot AND retired_at IS NULL ORDER BY id")
    return [str(row["id"]) for row in rows]


def snapshot_times(conn: Connection) -> dict[str, datetime]:
    """Return when the newest snapshot of each public camera was taken; a masked camera has none."""
    rows = conn.execute("SELECT camera_id, taken_at FROM public_snapshots()")
    return {row["camera_id"]: row["taken_at"] for row in rows}


def snapshot(conn: Connection, camera_id: str) -> PublicSnapshot | None:
    """Return the newest snapshot of a public camera."""
    found = conn.cursor(row_factory=class_row(PublicSnapshot)).execute(
        "SELECT camera_id, taken_at, jpeg FROM public_snapshots() WHERE camera_id = %s", (camera_id,)
    )
    return found.fetchone()


def nearest(conn: Connection, area_id: str, *, within_m: float, most: int) -> list[PublicCamera]:
    """Return the public cameras nearest to the middle of an area, the nearest first; none where its border is not
    known.
    """
    found = conn.cursor(row_factory=class_row(PublicCamera)).execute(
        "WITH here AS (SELECT radians(avg((corner ->> 1)::float8)) AS lat, radians(avg((corner ->> 0)::float8)) AS lon"
        "  FROM area, jsonb_path_query(area.geometry -> 'coordinates',"
        '   \'strict $.** ? (@.type() == "array" && @[0].type() == "number")\') AS corner WHERE area.id = %(area)s),'
        " near AS (SELECT camera.id, camera.name, camera.name_en, 2 * %(earth)s * asin(sqrt("
        "   sin((radians(camera.lat) - here.lat) / 2) ^ 2 + cos(here.lat) * cos(radians(camera.lat))"
        "   * sin((radians(camera.lon) - here.lon) / 2) ^ 2)) AS distance_m"
        "  FROM here, camera WHERE camera.public_snapshot AND camera.retired_at IS NULL)"
        " SELECT id, name, name_en, distance_m FROM near WHERE distance_m <= %(within)s"
        " ORDER BY distance_m, id LIMIT %(most)s",
        {"area": area_id, "earth": _EARTH_METRES, "within": within_m, "most": most},
    )
    return found.fetchall()
