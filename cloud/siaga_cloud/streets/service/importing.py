"""Imports the segments of streets from a file of the city."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.gauges.store import gauges
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.errors import InvalidError
from siaga_cloud.streets.files import StreetFeature
from siaga_cloud.streets.store import segments as db
from siaga_cloud.streets.store.segments import SegmentRow


def import_streets(conn: Connection, features: Sequence[StreetFeature], *, origin: str, now: datetime) -> int:
    """Store the segments of a file in place of those that it held before; how many.

    Raises InvalidError for a gauge that is not there.
    """
    for gauge_id in sorted({one.gauge for one in features if one.gauge is not None}):
        if not gauges.exists(conn, gauge_id):
            raise InvalidError(
                f"gauge: got {gauge_id!r}, expected the id of an imported gauge", code="gauge_unknown", got=gauge_id
            )
    areas = AreaLookup().at_many(conn, [_middle(one) for one in features])
    rows = [_row(one, area_id) for one, area_id in zip(features, areas, strict=True)]
    db.replace_segments(conn, rows, origin=origin, now=now)
    return len(rows)


def _middle(one: StreetFeature) -> tuple[float, float]:
    lon, lat = one.line.interpolate(0.5, normalized=True).coords[0]
    return lat, lon


def _row(one: StreetFeature, area_id: str | None) -> SegmentRow:
    return SegmentRow(
        id=one.id,
        name=one.name,
        line=[round(side, 6) for lon, lat in one.line.coords for side in (lat, lon)],
        road_cm=one.road_cm,
        gauge_id=one.gauge,
        area_id=area_id,
        schematic=one.schematic,
    )
