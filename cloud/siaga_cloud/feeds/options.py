"""Models feeds.toml, which lists the feeds of a city with one model for each kind. `secret` names the variable that
holds a secret.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Annotated, Literal, Self, TypeAlias, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, model_validator

from siaga_cloud.city.categories import CATEGORIES
from siaga_cloud.city.files.city import CategoryId, Id, Share
from siaga_cloud.feeds.feed_table import FeedTable, GaugeLink, SecretName, Words
from siaga_cloud.feeds.lorawan.options import LorawanTable
from siaga_cloud.feeds.observations.options import ObservationsTable
from siaga_cloud.platform.delivery.webhook import origin
from siaga_cloud.platform.import_errors import FileModel
from siaga_core.hazards import camera_hazards

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@\\]+$", max_length=1000)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=100)]
_HOST = re.compile(r"^(https?://)?[A-Za-z0-9.-]+(:\d{1,5})?$")


def known_category(category: str) -> str:
    """Return a category that citizens may report, too; raises ValueError."""
    if category not in CATEGORIES:
        raise ValueError(f"one of {', '.join(CATEGORIES)}, not {category!r}")
    return category


def known_camera_hazard(hazard: str) -> str:
    """Return a hazard that cameras detect and Frigate's events can describe; raises ValueError."""
    known = [one.id for one in camera_hazards() if one.details in FRIGATE_DETAILS]
    if hazard not in known:
        raise ValueError(f"one of {', '.join(known)}, not {hazard!r}")
    return hazard


FRIGATE_DETAILS = ("illegal_parking", "trash", "flooding")
Category = Annotated[CategoryId, AfterValidator(known_category)]
CameraHazard = Annotated[str, AfterValidator(known_camera_hazard)]


class PolledTable(FeedTable):
    """Models a feed that is polled over HTTP. The secret replaces {secret} in `url`, or else is sent in
    `secret_header`.
    """

    url: Url
    every_seconds: Annotated[int, Field(ge=10, le=86_400)] = 300
    hosts: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    secret_header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,60}$")] = "Authorization"  # noqa: S105
    max_megabytes: Annotated[float, Field(gt=0, le=64)] = 8

    @model_validator(mode="after")
    def _can_be_polled(self) -> Self:
        if "{secret}" in self.url and self.secret is None:
            raise ValueError("a secret for the {secret} of url")
        for host in self.hosts:
            if not _HOST.match(host):
                raise ValueError(f"hosts as alerts.example.org, not {host!r}")
        try:
            origin(self.url.replace("{secret}", ""))
        except ValueError:
            raise ValueError("an http(s) address for url") from None
        return self


WAZE_CATEGORIES = MappingProxyType(
    {
        "HAZARD_WEATHER_FLOOD": "flooding",
        "HAZARD_ON_ROAD_POT_HOLE": "pothole",
        "HAZARD_ON_ROAD_TRAFFIC_LIGHT_FAULT": "public_facility",
    }
)


class WazeTable(PolledTable):
    """Models Waze for Cities. `categories` maps subtypes or types; jams and irregularities count from a level on, and 6
    means none.
    """

    kind: Literal["waze"]
    every_seconds: Annotated[int, Field(ge=60, le=86_400)] = 120
    categories: dict[Annotated[str, StringConstraints(pattern="^[A-Z_]{2,60}$")], Category] = Field(
        default_factory=lambda: dict(WAZE_CATEGORIES)
    )
    jams_from_level: Annotated[int, Field(ge=1, le=6)] = 5
    irregularities_from_severity: Annotated[int, Field(ge=0, le=6)] = 5


class DsdaLink(GaugeLink):
    """Models `[[feed.gauge]]` of DSDA by the names that the feed uses, with its ids."""

    names: Annotated[tuple[Words, ...], Field(max_length=20)] = ()
    ids: Annotated[tuple[Words, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not self.names and not self.ids:
            raise ValueError("names or ids, as the feed has them")
        return self


class DsdaTable(PolledTable):
    """Models the feed of the XML of all gauges of Dinas SDA."""

    kind: Literal["dsda"]
    published_by: Annotated[str, StringConstraints(min_length=1, max_length=100)] = "Dinas SDA"
    gauge: Annotated[tuple[DsdaLink, ...], Field(min_length=1, max_length=500)]


class DsdaHistoryTable(PolledTable):
    """Models the feed of gauge histories, requested by the first of `ids`. `per_cm` is the number of its units in a
    centimetre.
    """

    kind: Literal["dsda_history"]
    every_seconds: Annotated[int, Field(ge=300, le=86_400)] = 3600
    days: Annotated[int, Field(ge=1, le=31)] = 2
    per_cm: Annotated[float, Field(gt=0, le=100)] = 1
    gauge: Annotated[tuple[DsdaLink, ...], Field(min_length=1, max_length=90)]

    @model_validator(mode="after")
    def _each_has_an_id(self) -> Self:
        for link in self.gauge:
            if not link.ids:
                raise ValueError(f"ids of gauge {link.gauge!r}")
        return self


class CapTable(PolledTable):
    """Models warnings in CAP 1.2. `signals` maps words of an event to the category of the signal that a small area
    becomes.
    """

    kind: Literal["cap"]
    signals: dict[Words, Category] = Field(default_factory=dict, max_length=50)


class DatastreamLink(GaugeLink):
    """Models `[[feed.gauge]]` of SensorThings. `unit` is only needed where the Datastream has none; `offset_cm` is
    added.
    """

    datastream: int | Words
    unit: Literal["cm", "m", "mm", "ft", "in"] | None = None
    offset_cm: Annotated[float, Field(ge=-100_000, le=100_000)] = 0


class SensorThingsTable(PolledTable):
    """Models an OGC SensorThings 1.1 server; `url` ends in /v1.1."""

    kind: Literal["sensorthings"]
    hours: Annotated[int, Field(ge=1, le=744)] = 6
    gauge: Annotated[tuple[DatastreamLink, ...], Field(min_length=1, max_length=40)]


class RemoteGaugeLink(GaugeLink):
    """Models `[[feed.gauge]]` of another Siaga installation: `id` is the id that it uses."""

    id: Id


class SiagaTable(PolledTable):
    """Models another Siaga installation by its public address `url`. Its incidents become signals if a person or sensor
    there observed them.
    """

    kind: Literal["siaga"]
    every_seconds: Annotated[int, Field(ge=15, le=86_400)] = 60
    incidents: bool = True
    gauge: Annotated[tuple[RemoteGaugeLink, ...], Field(max_length=500)] = ()


class CsvTable(PolledTable):
    """Models a CSV feed. Times without a zone are of `timezone`; `time_format` is that of strptime, else times are ISO
    8601.
    """

    encoding: Literal["utf-8", "cp1252", "iso-8859-1", "utf-16"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    timezone: str = "Asia/Jakarta"
    time_format: Annotated[str, StringConstraints(max_length=60)] | None = None
    time_column: Column = "time"

    @model_validator(mode="after")
    def _zone_is_known(self) -> Self:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"a timezone as Asia/Jakarta, not {self.timezone!r}") from None
        return self

    def needed(self) -> tuple[str, ...]:
        """Columns that a file must have."""
        return (self.time_column,)


class CsvReportsTable(CsvTable):
    """Models reports in CSV. `categories` maps words of the file to our categories; `category` is the default for all
    others.
    """

    kind: Literal["csv_reports"]
    channel: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{2,32}$")] = "csv"
    id_column: Column | None = None
    category_column: Column | None = None
    categories: dict[Words, Category] = Field(default_factory=dict, max_length=500)
    category: Category | None = None
    text_column: Column = "text"
    lat_column: Column = "lat"
    lon_column: Column = "lon"
    reporter_column: Column | None = None

    @model_validator(mode="after")
    def _knows_the_category(self) -> Self:
        if self.category_column is None and self.category is None:
            raise ValueError("category_column or category")
        return self

    def needed(self) -> tuple[str, ...]:
        """With those that it names."""
        named = (self.id_column, self.category_column, self.reporter_column)
        return (self.time_column, self.lat_column, self.lon_column, *filter(None, named))


class CsvGaugeLink(GaugeLink):
    """Models `[[feed.gauge]]` of CSV by the value of its column, which is the id where `names` is empty."""

    names: Annotated[tuple[Words, ...], Field(max_length=20)] = ()


class CsvReadingsTable(CsvTable):
    """Models readings of gauges in CSV."""

    kind: Literal["csv_readings"]
    gauge_column: Column = "gauge"
    level_column: Column = "level"
    unit: Literal["cm", "mm", "m"] = "cm"
    gauge: Annotated[tuple[CsvGaugeLink, ...], Field(min_length=1, max_length=500)]

    def needed(self) -> tuple[str, ...]:
        """With those of the level."""
        return (self.time_column, self.gauge_column, self.level_column)


class CsvRainLink(FileModel):
    """Models `[[feed.rain_gauge]]` of CSV by the value of its column, which is the id where `names` is empty."""

    rain_gauge: Id
    names: Annotated[tuple[Words, ...], Field(max_length=20)] = ()


class CsvRainTable(CsvTable):
    """Models rain in CSV: a row holds the millimetres that fell in the `minutes` before its time."""

    kind: Literal["csv_rain"]
    rain_gauge_column: Column = "rain_gauge"
    mm_column: Column = "mm"
    minutes: Annotated[int, Field(ge=1, le=1440)]
    rain_gauge: Annotated[tuple[CsvRainLink, ...], Field(min_length=1, max_length=500)]

    def needed(self) -> tuple[str, ...]:
        """With those of the rain."""
        return (self.time_column, self.rain_gauge_column, self.mm_column)


class FrigateLink(FileModel):
    """Models `[[feed.camera]]`: one of our cameras by its name in Frigate, and what becomes an event.

    An object of `labels` becomes an event once it has remained for `persists_seconds`, in one of `zones` where they are
    given, and with `alerts_only` once a review of the severity `alert` names it. `detect_fps` is that of the camera in
    Frigate, which counts frames.
    """

    camera: Id
    name: Words
    hazard: CameraHazard = "illegal_parking"
    labels: Annotated[tuple[Words, ...], Field(min_length=1, max_length=20)] = ("car", "truck", "motorcycle", "bus")
    zones: Annotated[tuple[Words, ...], Field(max_length=20)] = ()
    persists_seconds: Annotated[float, Field(ge=0, le=86_400)] = 180
    score_from: Share = 0.6
    detect_fps: Annotated[float, Field(ge=0.1, le=60)] = 5
    alerts_only: bool = False
    width: Annotated[int, Field(ge=16, le=16_384)] = 1280
    height: Annotated[int, Field(ge=16, le=16_384)] = 720


class FrigateTable(FeedTable):
    """Models the events of Frigate over MQTT, and their images from its HTTP API at `api_url`, with `clips` their clips
    as well. `secret` is the password of `username`, `api_secret` the token for the API.
    """

    kind: Literal["frigate"]
    host: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,253}$")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 1883
    username: Words | None = None
    tls: bool = False
    topic_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", max_length=100)] = (
        "frigate"
    )
    api_url: Url | None = None
    api_secret: SecretName | None = None
    clips: bool = False
    camera: Annotated[tuple[FrigateLink, ...], Field(min_length=1, max_length=200)]


class QlueTable(PolledTable):
    """Models Qlue with its list format of 2016 or 2018. `category` applies to every post where the list has one
    kind."""

    kind: Literal["qlue"]
    format: Literal["2016", "2018"] = "2018"
    category: Category | None = None


class DetikTable(PolledTable):
    """Models Detik Pasangmata. `category` applies to every post where the list has one kind."""

    kind: Literal["detik"]
    pages: Annotated[int, Field(ge=1, le=10)] = 1
    category: Category | None = None


AnyFeed: TypeAlias = Annotated[
    WazeTable
    | QlueTable
    | DetikTable
    | DsdaTable
    | DsdaHistoryTable
    | CapTable
    | SensorThingsTable
    | SiagaTable
    | CsvReportsTable
    | CsvReadingsTable
    | CsvRainTable
    | FrigateTable
    | LorawanTable
    | ObservationsTable,
    Field(discriminator="kind"),
]
FEED: TypeAdapter[AnyFeed] = TypeAdapter(AnyFeed)


class FeedsFile(FileModel):
    """Models the file feeds.toml."""

    feed: Annotated[tuple[AnyFeed, ...], Field(min_length=1, max_length=200)]


def polled_kinds() -> tuple[str, ...]:
    """Return the kinds that are polled over HTTP."""
    models = get_args(get_args(AnyFeed)[0])
    return tuple(get_args(one.model_fields["kind"].annotation)[0] for one in models if issubclass(one, PolledTable))
