"""Reads whether water is coming to an area: the strip of gauges of each of its rivers, and one answer for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from siaga_cloud.forecast import store as forecasts
from siaga_cloud.gauges.store.gauges import Gauge
from siaga_cloud.platform.db.connection import Connection
from siaga_cloud.platform.http.models import ResponseModel
from siaga_core.rules import water_ahead as rules
from siaga_core.rules.forecast import ForecastPoint
from siaga_core.rules.water_ahead import RiverStep, StripGauge, WaterAnswer

MOST_RIVERS: Final = 3
_GRAVITY: Final = tuple(WaterAnswer)


class StripStep(ResponseModel):
    """Describes a gauge of the strip; its level and stage are in `now.json`."""

    gauge_id: str
    minutes: Annotated[float | None, Field(description="that water takes from it to the last one; null: not known")]


class AreaWater(ResponseModel):
    """Describes what comes down one river to an area. Without `low_cm` the height of what comes is not known."""

    strip: Annotated[list[StripStep], Field(description="from the farthest gauge upstream to the one of the area")]
    answer: Annotated[
        Literal["here", "coming", "rising", "unknown", "calm"],
        Field(description="calm only where every gauge of the strip is known and normal"),
    ]
    from_id: Annotated[str | None, Field(description="the gauge whose water comes")]
    at: Annotated[datetime | None, Field(description="when, about; null: the time is not known")]
    low_cm: Annotated[float | None, Field(description="low and high are computed to hold nine of ten levels")]
    high_cm: float | None
    stage: int | None
    unknown: Annotated[list[str], Field(description="gauges of the strip of which nothing is known now")]


@dataclass(slots=True)
class WaterReader:
    """Reads the forecasts that a round needs, each once."""

    conn: Connection
    gauges: Sequence[Gauge]
    at: datetime
    _found: dict[str, AreaWater] = field(default_factory=dict)

    def of_area(self, gauge_ids: Sequence[str]) -> list[AreaWater]:
        """Return an answer for each river that comes to an area, the gravest first."""
        steps = {one.id: RiverStep(downstream_id=one.downstream_id, travel_minutes=one.travel_minutes)
                 for one in self.gauges}  # fmt: skip
        found = [self._of_gauge(one, steps) for one in rules.last_ones(gauge_ids, steps)]
        return sorted(found, key=lambda one: _GRAVITY.index(WaterAnswer(one.answer)))[:MOST_RIVERS]

    def _of_gauge(self, gauge_id: str, steps: dict[str, RiverStep]) -> AreaWater:
        if gauge_id not in self._found:
            self._found[gauge_id] = self._read(gauge_id, steps)
        return self._found[gauge_id]

    def _read(self, gauge_id: str, steps: dict[str, RiverStep]) -> AreaWater:
        known = {one.id: one for one in self.gauges}
        strip = [_strip_gauge(known[one], minutes) for one, minutes in rules.strip_of(gauge_id, steps)]
        points, made_at = self._forecast(gauge_id)
        found = rules.water_ahead(strip, _limits(known[gauge_id]), points, made_at=made_at, now=self.at)
        return AreaWater(
            strip=[StripStep(gauge_id=one.id, minutes=one.minutes) for one in strip],
            answer=found.answer.value,
            from_id=found.from_id,
            at=found.at,
            low_cm=found.low_cm,
            high_cm=found.high_cm,
            stage=found.stage,
            unknown=list(found.unknown),
        )

    def _forecast(self, gauge_id: str) -> tuple[list[ForecastPoint], datetime | None]:
        run = forecasts.run_of(self.conn, gauge_id)
        return ([], None) if run is None else (forecasts.points_of(self.conn, gauge_id, run.made_at), run.made_at)


def _strip_gauge(gauge: Gauge, minutes: float | None) -> StripGauge:
    return StripGauge(
        id=gauge.id,
        stage=None if gauge.unknown_cause else gauge.stage,
        measured_at=gauge.measured_at,
        minutes=minutes,
    )


def _limits(gauge: Gauge) -> list[tuple[int, float]]:
    return [
        (stage, limit) for stage, limit in ((3, gauge.s3_cm), (2, gauge.s2_cm), (1, gauge.s1_cm)) if limit is not None
    ]
