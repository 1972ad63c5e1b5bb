"""Writes flooded roads as Waze's CIFS (Closure and Incident Feed Specification) in JSON.

Specification: https://developers.google.com/waze/data-feed/cifs-specification
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from siaga_cloud.interop.roads.model import FloodedRoad


def feed(roads: Iterable[FloodedRoad], *, impassable_cm: float, zone: tzinfo) -> dict[str, Any]:
    """Return the feed: a closure where a road is impassable and the map has its line, else a hazard."""
    return {"incidents": [{"incident": _incident(one, impassable_cm, zone)} for one in roads]}


def _incident(road: FloodedRoad, impassable_cm: float, zone: tzinfo) -> dict[str, Any]:
    """A closure without the line of its street would close whatever lies at the point, so it is a hazard."""
    is_closed = road.is_impassable(impassable_cm) and road.street is not None
    corners = road.street.line if is_closed and road.street else ((road.lat, road.lon),)
    kind = {"type": "ROAD_CLOSED", "subtype": "ROAD_CLOSED_HAZARD"} if is_closed else {
        "type": "HAZARD", "subtype": "HAZARD_WEATHER_FLOOD"
    }  # fmt: skip
    return {
        "id": str(road.event_id),
        **kind,
        "polyline": " ".join(f"{lat:.6f} {lon:.6f}" for lat, lon in corners),
        "direction": "BOTH_DIRECTIONS",
        "street": road.place_name,
        "starttime": _time(road.began_at, zone),
        "updatetime": _time(road.seen_at, zone),
        "description": road.text("id"),
        "reference": "Siaga",
    }


def _time(at: datetime, zone: tzinfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")
