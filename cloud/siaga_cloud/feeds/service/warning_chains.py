"""Stores the warnings of other authorities once each, in whatever sequence the messages of a chain arrive."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from shapely import Point, Polygon
from shapely.affinity import scale
from shapely.geometry.base import BaseGeometry

from siaga_cloud.city.service.areas import AreaLookup
from siaga_cloud.feeds.items import FoundWarning, WarningArea
from siaga_cloud.feeds.store import warnings as db
from siaga_cloud.feeds.store.warnings import WarningRow
from siaga_cloud.platform.db.connection import Connection
from siaga_core.wire.ids import uuid7

_KM_PER_DEGREE: Final = 111.195


def store_warning(
    conn: Connection, feed_id: str, found: FoundWarning, *, areas: AreaLookup, now: datetime
) -> tuple[bool, Sequence[str]]:
    """Stores a message: whether it is new, and the keys of messages that are not in force any more by it."""
    row = WarningRow(
        id=uuid7(now),
        feed_id=feed_id,
        identifier=found.identifier,
        sender=found.sender,
        sent_at=found.sent_at,
        status=found.status,
        message_type=found.message_type,
        refers_to=[db.key_of(sender, identifier) for sender, identifier in found.refers_to],
        event=found.texts[0].event if found.texts else "",
        urgency=found.urgency,
        severity=found.severity,
        certainty=found.certainty,
        onset_at=found.onset_at,
        expires_at=found.expires_at,
        texts=[asdict(text) for text in found.texts],
        areas=[_shown(area) for area in found.areas],
        area_ids=_touched(conn, found.areas, areas),
        received_at=now,
    )
    if not db.save(conn, row):
        return False, ()
    return True, db.supersede(conn, row)


def _shown(area: WarningArea) -> dict[str, Any]:
    return {
        "description": area.description,
        "polygons": [[list(point) for point in ring] for ring in area.polygons],
        "circles": [list(circle) for circle in area.circles],
        "geocodes": [list(code) for code in area.geocodes],
    }


def _touched(conn: Connection, warned: Sequence[WarningArea], areas: AreaLookup) -> list[str]:
    """Kelurahan that polygons and circles touch, or that a geocode names by our own id."""
    shapes = [shape for area in warned for shape in (*map(_polygon, area.polygons), *map(_circle, area.circles))]
    named = {value for area in warned for _, value in area.geocodes}
    return sorted(areas.touched(conn, shapes, named))


def _polygon(ring: tuple[tuple[float, float], ...]) -> BaseGeometry:
    # A ring that crosses itself is taken by what it encloses either way.
    return Polygon([(lon, lat) for lat, lon in ring]).buffer(0)


def _circle(circle: tuple[float, float, float]) -> BaseGeometry:
    lat, lon, radius_km = circle
    degrees = max(radius_km, 0.05) / _KM_PER_DEGREE
    round_one = Point(lon, lat).buffer(degrees, quad_segs=8)
    stretched: BaseGeometry = scale(round_one, xfact=1 / max(0.05, math.cos(math.radians(lat))), origin=(lon, lat))
    return stretched
