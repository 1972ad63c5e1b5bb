"""Publishes roads as lines: streets that a camera sees under water, streets whose depth of water is known, and jams and
blocked roads that a feed lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from siaga_cloud.feeds.store import traffic
from siaga_cloud.feeds.store.traffic import TrafficRow
from siaga_cloud.interop.roads.model import FloodedRoad
from siaga_cloud.interop.roads.service import flooded_roads
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.streets.forms import StreetDepth, form_of
from siaga_cloud.streets.store import depths

TRAFFIC_SHOWN_FOR: Final = timedelta(minutes=10)
MOST_TRAFFIC: Final = 500

Line = Annotated[list[tuple[float, float]], Field(description="latitude and longitude of each corner")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadSource:
    """Names the map that streets are taken from, and the depth from which a road counts as closed."""

    basemap: Path | None = None
    impassable_cm: float = 30.0


class FloodedStreet(ResponseModel):
    """Describes the part of a street that a camera sees under water; how far the water reaches nobody measured."""

    incident_id: UUID
    street: str
    line: Line
    severity: str
    certainty: str
    depth_cm: Annotated[float | None, Field(description="at least; null: not known")]
    is_closed: Annotated[bool, Field(description="a camera sees now that the water is too deep to pass")]
    is_seen_now: bool
    began_at: datetime
    seen_at: datetime


class TrafficLine(ResponseModel):
    """Describes a jam or a blocked road as the feed states it."""

    id: UUID
    street: str
    line: Line
    is_blocked: bool
    speed_kmh: Annotated[float | None, Field(description="null: not stated")]
    length_m: float
    delay_seconds: float | None
    began_at: datetime
    seen_at: datetime


class Roads(ResponseModel):
    """Lists what is known of roads now; a road that is not listed is not known to be free."""

    flooded: list[FloodedStreet]
    traffic: list[TrafficLine]
    depths: Annotated[list[StreetDepth], Field(description="streets of which a depth of water is known or foreseen")]


def read_roads(conn: Connection, source: RoadSource, *, at: datetime) -> Roads:
    """Read the roads in a transaction that acts for the public."""
    flooded = [_street(one, source) for one in flooded_roads(conn, basemap=source.basemap) if one.street is not None]
    lines = traffic.seen_since(conn, at - TRAFFIC_SHOWN_FOR, limit=MOST_TRAFFIC)
    deep = [form_of(one) for one in depths.list_depths(conn, now=at)]
    return Roads(flooded=flooded, traffic=[_traffic(one) for one in lines], depths=deep)


def _street(one: FloodedRoad, source: RoadSource) -> FloodedStreet:
    return FloodedStreet(
        incident_id=one.incident_id,
        street=one.place_name,
        line=list(one.street.line) if one.street else [],
        severity=one.severity,
        certainty=one.certainty.label,
        depth_cm=one.depth_cm,
        is_closed=one.is_impassable(source.impassable_cm),
        is_seen_now=one.is_seen_now,
        began_at=one.began_at,
        seen_at=one.seen_at,
    )


def _traffic(one: TrafficRow) -> TrafficLine:
    return TrafficLine(
        id=one.signal_id,
        street=one.street,
        line=_pairs(one.line),
        is_blocked=one.is_blocked,
        speed_kmh=one.speed_kmh,
        length_m=one.length_m,
        delay_seconds=one.delay_seconds,
        began_at=one.began_at,
        seen_at=one.seen_at,
    )


def _pairs(line: list[float]) -> list[tuple[float, float]]:
    return list(zip(line[::2], line[1::2], strict=True))
