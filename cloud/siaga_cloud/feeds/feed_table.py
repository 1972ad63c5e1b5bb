"""Models what every table `[[feed]]` and every table `[[feed.gauge]]` of feeds.toml has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from siaga_cloud.city.files.city import Id
from siaga_cloud.platform.import_errors import FileModel

FeedId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,30}$")]
SecretName = Annotated[str, StringConstraints(pattern=r"^SIAGA_FEED_[A-Z0-9_]{1,60}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class FeedTable(FileModel):
    """Models what every `[[feed]]` table has."""

    id: FeedId
    enabled: bool = True
    secret: SecretName | None = None
    raw_retention_days: Annotated[int, Field(ge=0, le=90)] = 7
    raw_limit_megabytes: Annotated[int, Field(ge=1, le=2000)] = 64

    def gauges_named(self) -> tuple[str, ...]:
        """Return the gauges of ours that it names."""
        return tuple(link.gauge for link in getattr(self, "gauge", ()))

    def cameras_named(self) -> tuple[str, ...]:
        """Return the cameras of ours that it names."""
        return tuple(link.camera for link in getattr(self, "camera", ()))

    def rain_gauges_named(self) -> tuple[str, ...]:
        """Return the rain gauges of ours that it names."""
        return tuple(link.rain_gauge for link in getattr(self, "rain_gauge", ()))

    @model_validator(mode="after")
    def _each_gauge_once(self) -> Self:
        once("gauge", self.gauges_named())
        once("rain gauge", self.rain_gauges_named())
        return self


def once(key: str, named: Iterable[str]) -> None:
    """Raises ValueError where something is named twice."""
    seen: set[str] = set()
    for name in named:
        if name in seen:
            raise ValueError(f"each {key} once, not {name!r} twice")
        seen.add(name)


class GaugeLink(FileModel):
    """Models a table `[[feed.gauge]]`: one of our gauges. Levels outside least_cm..most_cm are stored as bad."""

    gauge: Id
    least_cm: float = -500
    most_cm: float = 2000

    @model_validator(mode="after")
    def _has_a_range(self) -> Self:
        if self.least_cm >= self.most_cm:
            raise ValueError(f"least_cm below most_cm, not {self.least_cm:g} and {self.most_cm:g}")
        return self
