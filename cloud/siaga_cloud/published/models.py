"""Models what the files of the published state hold, apart from the times that every file begins with.

Each form is the one that the API answers with, made by the same function: a file and an answer cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from siaga_cloud.alerts.api.alerts import Alert
from siaga_cloud.alerts.api.areas import AreaStatistic
from siaga_cloud.cameras.store.public import PublicCamera
from siaga_cloud.city.store.map import Camera
from siaga_cloud.forecast.api import Forecast, GaugeHistory
from siaga_cloud.gauges.store.gauges import Gauge, Reading
from siaga_cloud.incidents.api.flood_states import AreaFloodState, FloodEvidence
from siaga_cloud.incidents.api.models import Incident
from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.published.snapshots import NearCamera
from siaga_cloud.published.water import AreaWater
from siaga_cloud.streets.forms import StreetDepth


class PublishedAlert(Alert):
    """Describes an alert in both languages: the fields of the API in Indonesian, and the same in English."""

    headline_en: str
    text_en: str
    instruction_en: str


class Now(ResponseModel):
    """Describes the whole city at a glance: what the front page shows. Counts include what the lists leave out."""

    gauges: list[Gauge]
    alerts: Annotated[list[PublishedAlert], Field(description="the worst alerts of areas in force")]
    alert_count: int
    unconfirmed_alert_count: Annotated[int, Field(description="of them, those that nobody but people supports")]
    flood_states: list[AreaFloodState]
    incidents: Annotated[list[Incident], Field(description="the severest that are open")]
    incident_count: int


class Alerts(ResponseModel):
    """Lists every alert of an area that is in force, the worst first."""

    alerts: list[PublishedAlert]


class Incidents(ResponseModel):
    """Lists the open incidents, the severest first."""

    incidents: list[Incident]


class Cameras(ResponseModel):
    """Lists the cameras, without their zones."""

    cameras: list[Camera]


class AreaLayer(ResponseModel):
    """Counts the features of a layer that lie in an area."""

    id: str
    title_id: str
    title_en: str
    count: int


class AreaShelter(ResponseModel):
    """Describes a place of refuge by the city's layer `shelters`; whether it is open now is not known."""

    name: str | None
    lat: float
    lon: float
    distance_m: Annotated[float, Field(description="in a straight line from the middle of the area")]
    source: Annotated[str, Field(description="whose data it is")]


class AreaFacts(ResponseModel):
    """Describes an area by what seldom changes."""

    id: str
    name: str
    level: str
    parent_id: str | None
    parent_name: str | None
    statistics: list[AreaStatistic]
    layers: list[AreaLayer]
    gauges: Annotated[list[str], Field(description="ids of the gauges that warn it, or an area in it")]
    shelters: Annotated[list[AreaShelter], Field(description="the three nearest within five kilometres")]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFacts:
    """Holds what is read of an area once in a while. `cameras` are the public ones near it."""

    facts: AreaFacts
    cameras: list[PublicCamera]


class FloodStateEvidence(AreaFloodState):
    """Describes the flood state of an area with what it rests on."""

    evidence: list[FloodEvidence]


class Area(AreaFacts):
    """Describes an area as it is now."""

    alert: PublishedAlert | None
    flood: FloodStateEvidence
    incidents: list[Incident]
    water: Annotated[list[AreaWater], Field(description="what comes down each of its rivers, the gravest first")]
    streets: Annotated[
        list[StreetDepth], Field(description="its streets whose depth is known or foreseen, the deepest")
    ]
    camera: Annotated[NearCamera | None, Field(description="the nearest public camera that has a snapshot")]


class Series(ResponseModel):
    """Describes the course of a gauge: the last day, the hours ahead and what is usual."""

    gauge_id: str
    readings: list[Reading]
    forecast: Forecast
    history: GaugeHistory


class Layers(ResponseModel):
    """Lists the layers of the map; the features of each are in a file of its own."""

    layers: list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CityState:
    """Holds what one round reads for all its files. `at` is when it was read, `zone` the zone of the city's times."""

    at: datetime
    zone: tzinfo
    gauges: list[Gauge]
    alerts: list[PublishedAlert]
    flood_states: list[FloodStateEvidence]
    incidents: list[Incident]
    snapshots: Mapping[str, datetime]


_ANY: TypeAdapter[Any] = TypeAdapter(Any)


def as_bytes(form: ResponseModel) -> bytes:
    """Return a form as compact JSON; a missing value stays null."""
    return _ANY.dump_json(form)
