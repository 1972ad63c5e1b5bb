"""Streets in the small city of the tests: their segments, levels at the gauge, and forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from shapely import LineString
from tests.support.incidents_core import HERE

from siaga_cloud.forecast import store as forecasts
from siaga_cloud.forecast.store import Run
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.streets.files import StreetFeature
from siaga_cloud.streets.service.importing import import_streets
from siaga_core.rules.forecast import ForecastPoint

EAST_100_M = 100 / 111_195


def a_street(
    segment_id: str = "jalan-1", *, gauge: str | None = "g1", road_cm: float | None = 830, metres: float = 0
) -> StreetFeature:
    """A street of 200 m that crosses HERE, or passes it so many metres to the north."""
    lat, lon = HERE[0] + metres / 111_195, HERE[1]
    line = LineString([(lon - EAST_100_M, lat), (lon + EAST_100_M, lat)])
    return StreetFeature(id=segment_id, name=f"Jalan {segment_id}", gauge=gauge, road_cm=road_cm, line=line)


def load_streets(conn: Connection, streets: Sequence[StreetFeature], *, now: datetime) -> None:
    """Imports streets as of a file."""
    import_streets(conn, streets, origin="streets.geojson", now=now)


def set_level(conn: Connection, level_cm: float, *, at: datetime, gauge: str = "g1") -> None:
    """A good reading that is the newest of its gauge."""
    conn.execute(
        "INSERT INTO reading (gauge_id, measured_at, level_cm, quality, received_at, node_id)"
        " VALUES (%s, %s, %s, 'good', %s, 'node-a')",
        (gauge, at, level_cm, at),
    )
    conn.execute(
        "INSERT INTO gauge_latest (gauge_id, node_id, measured_at, received_at, level_cm, quality, stage)"
        " VALUES (%s, 'node-a', %s, %s, %s, 'good', 3) ON CONFLICT (gauge_id) DO UPDATE SET"
        " measured_at = excluded.measured_at, level_cm = excluded.level_cm",
        (gauge, at, at, level_cm),
    )


def set_forecast(conn: Connection, *levels_cm: float, made_at: datetime, gauge: str = "g1") -> None:
    """A forecast with a level for each coming hour and a band of 20 cm on either side."""
    run = Run(
        gauge_id=gauge, made_at=made_at, seen_until=made_at, level_cm=levels_cm[0], used=(), unknown=(), reason=""
    )
    points = [
        ForecastPoint(at=made_at + timedelta(hours=hour), level_cm=one, low_cm=one - 20, high_cm=one + 20)
        for hour, one in enumerate(levels_cm, start=1)
    ]
    forecasts.save_run(conn, run, points)
