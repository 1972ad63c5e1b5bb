"""Reads the line of a jam of Waze, with its length, speed and delay."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from siaga_cloud.feeds import fields
from siaga_cloud.feeds.items import ItemError, RoadLine
from siaga_core.rules.geometry import LatLon, distance_m

MOST_CORNERS: Final = 200
_BLOCKED: Final = -1


def road_line(record: Mapping[str, Any]) -> RoadLine | None:
    """Return the line of a jam, thinned to 200 corners; None where it is a point. Raises `ItemError`."""
    corners = _thinned([_corner(one) for one in fields.list_of(record, "line")])
    if len(corners) < 2:
        return None
    stated = record.get("delay") not in (None, "")
    delay = fields.number(record, "delay", least=_BLOCKED, most=1e7) if stated else None
    is_blocked = delay == _BLOCKED
    return RoadLine(
        corners=tuple(corners),
        street=fields.plain(fields.text(record, "street", default="", most=100), 100),
        is_blocked=is_blocked,
        length_m=_length(record, corners),
        speed_kmh=None if is_blocked else speed_kmh(record),
        delay_seconds=None if delay is None or is_blocked else max(0.0, delay),
    )


def speed_kmh(record: Mapping[str, Any]) -> float | None:
    """Return the speed that the jam states; None where it states none."""
    for key, factor in (("speedKMH", 1.0), ("speedKPH", 1.0), ("speed", 3.6)):
        if record.get(key) is not None:
            return factor * fields.number(record, key, least=0, most=400)
    return None


def _corner(one: Any) -> tuple[float, float]:
    if not isinstance(one, dict):
        raise ItemError(f"line: got {fields.shown(one)}, expected {{x, y}}")
    return fields.place(one.get("y"), one.get("x"), key="line")


def _thinned(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    step = -(-len(corners) // MOST_CORNERS) or 1
    return corners if step == 1 else [*corners[:-1:step], corners[-1]][-MOST_CORNERS:]


def _length(record: Mapping[str, Any], corners: list[tuple[float, float]]) -> float:
    """The stated length, else that of the line."""
    stated = fields.number(record, "length", least=0, most=1e6, default=0)
    return stated or sum(distance_m(LatLon(*one), LatLon(*other)) for one, other in pairwise(corners))
