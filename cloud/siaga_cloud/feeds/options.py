"""feeds.toml: the feeds of a city, one model for each kind. No secrets: `secret` names the variable that holds it."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from siaga_cloud.admin.city_files import CategoryId, Id
from siaga_cloud.admin.complaints import FileModel
from siaga_cloud.channels.webhook import origin
from siaga_cloud.intake.categories import CATEGORIES

FeedId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,30}$")]
SecretName = Annotated[str, StringConstraints(pattern=r"^SIAGA_FEED_[A-Z0-9_]{1,60}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@\\]+$", max_length=1000)]
_HOST = re.compile(r"^(https?://)?[A-Za-z0-9.-]+(:\d{1,5})?$")


class FeedTable(FileModel):
    """`[[feed]]`: what every kind has."""

    id: FeedId
    enabled: bool = True
    secret: SecretName | None = None
    keep_raw_days: Annotated[int, Field(ge=0, le=90)] = 7
    keep_raw_megabytes: Annotated[int, Field(ge=1, le=2000)] = 64

    def gauges_named(self) -> tuple[str, ...]:
        """The gauges of ours that it names."""
        return tuple(link.gauge for link in getattr(self, "gauge", ()))

    def cameras_named(self) -> tuple[str, ...]:
        """The cameras of ours that it names."""
        return tuple(link.camera for link in getattr(self, "camera", ()))


class PolledTable(FeedTable):
    """A feed that is asked over HTTP. {secret} in `url` is filled in; else the secret goes into `secret_header`."""

    url: Url
    every_seconds: Annotated[int, Field(ge=10, le=86_400)] = 300
    hosts: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    secret_header: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,60}$")] = "Authorization"  # noqa: S105
    max_megabytes: Annotated[float, Field(gt=0, le=64)] = 8

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
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


def known_category(category: str) -> str:
    """A category that citizens may report, too; raises ValueError."""
    if category not in CATEGORIES:
        raise ValueError(f"one of {', '.join(CATEGORIES)}, not {category!r}")
    return category


class GaugeLink(FileModel):
    """`[[feed.gauge]]`: one of our gauges, by what the other side calls it."""

    gauge: Id


WAZE_CATEGORIES = MappingProxyType(
    {
        "HAZARD_WEATHER_FLOOD": "flooding",
        "HAZARD_ON_ROAD_POT_HOLE": "pothole",
        "HAZARD_ON_ROAD_TRAFFIC_LIGHT_FAULT": "public_facility",
    }
)


class WazeTable(PolledTable):
    """Waze for Cities. `categories`: of subtypes (or types) of alerts; jams and irregularities from a level on."""

    kind: Literal["waze"]
    every_seconds: Annotated[int, Field(ge=60, le=86_400)] = 120
    categories: dict[Annotated[str, StringConstraints(pattern="^[A-Z_]{2,60}$")], CategoryId] = Field(
        default_factory=lambda: dict(WAZE_CATEGORIES)
    )
    jams_from_level: Annotated[int, Field(ge=1, le=6)] = 5
    irregularities_from_severity: Annotated[int, Field(ge=0, le=6)] = 5

    @model_validator(mode="after")
    def _categories_are_known(self) -> Self:
        for category in self.categories.values():
            known_category(category)
        return self


AnyFeed: TypeAlias = WazeTable
FEED: TypeAdapter[AnyFeed] = TypeAdapter(AnyFeed)


class FeedsFile(FileModel):
    """feeds.toml"""

    feed: Annotated[tuple[AnyFeed, ...], Field(min_length=1, max_length=200)]


def polled_kinds() -> tuple[str, ...]:
    """The kinds that are asked over HTTP."""
    return ("waze",)
