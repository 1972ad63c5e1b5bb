"""Whether water is coming to a gauge: the one answer that people ask for, from the gauges upstream and the forecast.

An answer is calm only where every gauge of the strip is known. Without a forecast the time that water takes is known,
but not its height.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from siaga_core.rules.forecast import ForecastPoint

NORMAL: Final = 4
MOST_STEPS: Final = 8
FORECAST_LASTS: Final = timedelta(hours=1)
_NEAREST_POINT: Final = timedelta(minutes=45)


class WaterAnswer(StrEnum):
    """The answers, the gravest first."""

    HERE = "here"  # the water is high here already
    COMING = "coming"  # it is higher upstream than here
    RISING = "rising"  # the forecast reaches a stage that upstream does not show
    UNKNOWN = "unknown"  # a gauge that decides is not known
    CALM = "calm"


@dataclass(frozen=True, slots=True, kw_only=True)
class StripGauge:
    """A gauge of the strip. `stage` is None where nothing is known now; `minutes` is the time that water takes from it
    to the last gauge of the strip, None where it is not known.
    """

    id: str
    stage: int | None
    measured_at: datetime | None
    minutes: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterAhead:
    """The answer for the last gauge of a strip. The levels are those of the forecast's band at `at`."""

    answer: WaterAnswer
    from_id: str | None = None
    at: datetime | None = None
    low_cm: float | None = None
    high_cm: float | None = None
    stage: int | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RiverStep:
    """Where the water of a gauge goes, and how long it takes."""

    downstream_id: str | None
    travel_minutes: float | None


def strip_of(target: str, steps: Mapping[str, RiverStep]) -> list[tuple[str, float | None]]:
    """Return the gauges whose water comes to one, the farthest first and that one last, each with its travel time."""
    found: dict[str, float | None] = {target: 0.0}
    row = [target]
    while row and len(found) < MOST_STEPS:
        row = [one for one, step in steps.items() if step.downstream_id in row and one not in found]
        for one in row[: MOST_STEPS - len(found)]:
            found[one] = _sum(steps[one].travel_minutes, found[steps[one].downstream_id or ""])
    return sorted(found.items(), key=lambda item: (item[0] == target, -(item[1] or 0.0)))


def last_ones(ids: Sequence[str], steps: Mapping[str, RiverStep]) -> list[str]:
    """Return those gauges whose water passes no other of them: the last of each river."""
    return [one for one in ids if one in steps and not _passes(one, set(ids) - {one}, steps)]


def water_ahead(
    strip: Sequence[StripGauge],
    limits: Sequence[tuple[int, float]],
    points: Sequence[ForecastPoint],
    *,
    made_at: datetime | None,
    now: datetime,
) -> WaterAhead:
    """Return the answer for the last gauge of a strip. `limits` are its stages with their lower bounds."""
    here = strip[-1]
    unknown = tuple(one.id for one in strip if one.stage is None)
    coming = [one for one in points if one.at > now] if _is_fresh(made_at, now) else []
    source = _source(strip)
    if here.stage is not None and here.stage < NORMAL and (source is None or here.stage <= (source.stage or NORMAL)):
        return WaterAhead(answer=WaterAnswer.HERE, stage=here.stage, unknown=unknown)
    if source is not None:
        return _coming(source, limits, coming, unknown, now=now)
    reached = _first_reached(coming, limits, here.stage or NORMAL)
    if reached is not None:
        point, stage = reached
        return _with_band(WaterAhead(answer=WaterAnswer.RISING, at=point.at, stage=stage, unknown=unknown), point)
    return WaterAhead(answer=WaterAnswer.UNKNOWN if unknown else WaterAnswer.CALM, unknown=unknown)


def _source(strip: Sequence[StripGauge]) -> StripGauge | None:
    """The gauge upstream at the gravest stage, the nearest of them; None where none is above normal."""
    high = [one for one in strip[:-1] if one.stage is not None and one.stage < NORMAL]
    return min(high, key=lambda one: (one.stage, one.minutes is None, one.minutes or 0.0), default=None)


def _coming(
    source: StripGauge,
    limits: Sequence[tuple[int, float]],
    points: Sequence[ForecastPoint],
    unknown: tuple[str, ...],
    *,
    now: datetime,
) -> WaterAhead:
    at = None
    if source.minutes is not None and source.measured_at is not None:
        at = max(now, source.measured_at + timedelta(minutes=source.minutes))
    answer = WaterAhead(answer=WaterAnswer.COMING, from_id=source.id, at=at, unknown=unknown)
    point = None if at is None else _nearest(points, at)
    if point is None:
        return answer
    return _with_band(
        WaterAhead(
            answer=answer.answer, from_id=source.id, at=at, stage=_stage_of(point.level_cm, limits), unknown=unknown
        ),
        point,
    )


def _with_band(answer: WaterAhead, point: ForecastPoint) -> WaterAhead:
    return WaterAhead(
        answer=answer.answer,
        from_id=answer.from_id,
        at=answer.at,
        low_cm=point.low_cm,
        high_cm=point.high_cm,
        stage=answer.stage,
        unknown=answer.unknown,
    )


def _nearest(points: Sequence[ForecastPoint], at: datetime) -> ForecastPoint | None:
    near = [one for one in points if abs(one.at - at) <= _NEAREST_POINT]
    return min(near, key=lambda one: abs(one.at - at), default=None)


def _first_reached(
    points: Sequence[ForecastPoint], limits: Sequence[tuple[int, float]], present: int
) -> tuple[ForecastPoint, int] | None:
    """The first time at which the forecast is most likely at a graver stage than now."""
    staged = ((one, _stage_of(one.level_cm, limits)) for one in points)
    return next(((one, stage) for one, stage in staged if stage is not None and stage < present), None)


def _stage_of(level_cm: float, limits: Sequence[tuple[int, float]]) -> int | None:
    """None where the gauge has no limits."""
    return min((stage for stage, limit in limits if level_cm >= limit), default=NORMAL) if limits else None


def _is_fresh(made_at: datetime | None, now: datetime) -> bool:
    return made_at is not None and now - made_at <= FORECAST_LASTS


def _sum(minutes: float | None, more: float | None) -> float | None:
    return None if minutes is None or more is None else minutes + more


def _passes(start: str, others: set[str], steps: Mapping[str, RiverStep]) -> bool:
    here, seen = steps[start].downstream_id, {start}
    while here is not None and here not in seen:
        if here in others:
            return True
        seen.add(here)
        here = steps[here].downstream_id if here in steps else None
    return False
