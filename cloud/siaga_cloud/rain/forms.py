"""Models a rain gauge with what fell lately, as the API states it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from siaga_cloud.platform.http.models import ResponseModel
from siaga_cloud.rain.store.gauges import ListedRainGauge
from siaga_core.rules.rain.spread import SpanRain, known_mm, total

HOURS: Final = (1, 3, 24)


class RainSum(ResponseModel):
    """States the rain of the last hours. Rain that is not known is null, never 0."""

    hours: Annotated[int, Field(description="length of the window, which ends at the request")]
    mm: Annotated[
        float | None,
        Field(description="what fell in the known minutes; null: less than nine tenths of the window are known"),
    ]
    known_minutes: Annotated[float, Field(description="minutes of the window of which the rain is known")]


class RainGauge(ResponseModel):
    """Describes a rain gauge with the rain of the last hours."""

    id: str
    name: str
    lat: float
    lon: float
    sums: Annotated[list[RainSum], Field(description="of the last 1, 3 and 24 hours")]
    newest_ends_at: Annotated[
        datetime | None, Field(description="end of the newest interval, however old; null: none yet")
    ]


class RainReading(ResponseModel):
    """States that `mm` of rain fell in the `minutes` before `ends_at`."""

    ends_at: datetime
    minutes: int
    mm: float


def form_of(row: ListedRainGauge, hours: Sequence[SpanRain]) -> RainGauge:
    """Return the form of a rain gauge with the rain of each of the last 24 hours, the oldest first."""
    return RainGauge(
        id=row.id,
        name=row.name,
        lat=row.lat,
        lon=row.lon,
        sums=[_sum(count, total(hours[-count:])) for count in HOURS],
        newest_ends_at=row.newest_ends_at,
    )


def _sum(hours: int, found: SpanRain) -> RainSum:
    mm = known_mm(found, minutes=hours * 60)
    return RainSum(hours=hours, mm=None if mm is None else round(mm, 2), known_minutes=round(found.known_minutes, 1))
