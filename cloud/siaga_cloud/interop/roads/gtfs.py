"""Writes flooded roads as ServiceAlerts of GTFS-Realtime 2.0, for the stops that lie near them.

Reference: https://gtfs.org/documentation/realtime/reference/#message-alert. Whether a vehicle still runs is not known
here: the effect is UNKNOWN_EFFECT, and no route is named.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from google.transit import gtfs_realtime_pb2 as gtfs

from siaga_cloud.interop.roads.model import FloodedRoad
from siaga_core.rules.geometry import LatLon, distance_m

_AT_ROAD_M: Final = 100.0
"""How far beyond the view of the camera a stop may lie to be named."""
_MOST_STOPS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Stop:
    """Represents a stop of stops.txt."""

    id: str
    place: LatLon


def read_stops(path: Path) -> tuple[Stop, ...]:
    """Return the stops of a stops.txt that have a place; raises ValueError or OSError where it cannot be read."""
    return _read_stops(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read_stops(path: Path, _changed: int) -> tuple[Stop, ...]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for _, row in zip(range(_MOST_STOPS), csv.DictReader(file), strict=False)]
    return tuple(
        Stop(row["stop_id"], LatLon(float(row["stop_lat"]), float(row["stop_lon"])))
        for row in rows
        if row.get("stop_id") and row.get("stop_lat") and row.get("stop_lon")
    )


def feed(roads: Iterable[FloodedRoad], stops: Sequence[Stop], *, agency: str, now: datetime) -> gtfs.FeedMessage:
    """Return the whole feed: an alert for each flooded road, for the stops near it or else for the agency."""
    message = gtfs.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = gtfs.FeedHeader.FULL_DATASET
    message.header.timestamp = int(now.timestamp())
    for road in roads:
        _fill(message.entity.add(), road, stops, agency)
    return message


def _fill(entity: gtfs.FeedEntity, road: FloodedRoad, stops: Sequence[Stop], agency: str) -> None:
    entity.id = str(road.event_id)
    alert = entity.alert
    alert.active_period.add().start = int(road.began_at.timestamp())
    near = _near(road, stops)
    for stop in near:
        alert.informed_entity.add(agency_id=agency, stop_id=stop.id)
    if not near:
        alert.informed_entity.add(agency_id=agency)
    alert.cause = gtfs.Alert.WEATHER
    alert.effect = gtfs.Alert.UNKNOWN_EFFECT
    for language in ("id", "en"):
        alert.header_text.translation.add(text=road.text(language), language=language)
        alert.description_text.translation.add(text=road.text(language), language=language)


def _near(road: FloodedRoad, stops: Sequence[Stop]) -> list[Stop]:
    place, reach = LatLon(road.lat, road.lon), road.radius_m + _AT_ROAD_M
    return [one for one in stops if distance_m(place, one.place) <= reach]
