"""One answer to "is the water coming to me?", and never a calm one where something that decides is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from siaga_core.rules.forecast import ForecastPoint
from siaga_core.rules.water_ahead import (
    RiverStep,
    StripGauge,
    WaterAhead,
    WaterAnswer,
    last_ones,
    strip_of,
    water_ahead,
)

NOW = datetime(2026, 12, 1, 6, 30, tzinfo=UTC)
LIMITS = ((3, 750.0), (2, 850.0), (1, 950.0))
CILIWUNG = {
    "katulampa": RiverStep(downstream_id="depok", travel_minutes=180),
    "depok": RiverStep(downstream_id="manggarai", travel_minutes=180),
    "manggarai": RiverStep(downstream_id="karet", travel_minutes=60),
    "karet": RiverStep(downstream_id=None, travel_minutes=None),
}


def strip(katulampa: int | None, depok: int | None, manggarai: int | None) -> list[StripGauge]:
    stages = {"katulampa": (katulampa, 360.0), "depok": (depok, 180.0), "manggarai": (manggarai, 0.0)}
    return [
        StripGauge(id=one, stage=stage, measured_at=None if stage is None else NOW, minutes=minutes)
        for one, (stage, minutes) in stages.items()
    ]


def forecast(*levels: float) -> list[ForecastPoint]:
    """A point an hour, with 25 cm of doubt to each side."""
    return [
        ForecastPoint(at=NOW + timedelta(hours=hour), level_cm=level, low_cm=level - 25, high_cm=level + 25)
        for hour, level in enumerate(levels, start=1)
    ]


def answer_of(
    gauges: list[StripGauge], points: list[ForecastPoint], *, limits: tuple[tuple[int, float], ...] = LIMITS,
    age: timedelta = timedelta(minutes=5),
) -> WaterAhead:  # fmt: skip
    return water_ahead(gauges, limits, points, made_at=NOW - age, now=NOW)


@pytest.mark.parametrize(
    ("stages", "points", "answer", "origin", "after_hours", "band", "stage"),
    [
        ((4, 4, 4), (700, 705, 710), "calm", None, None, None, None),
        ((4, 4, 4), (), "calm", None, None, None, None),
        ((4, 2, 4), (720, 800, 885), "coming", "depok", 3, (860, 910), 2),
        ((4, 2, 4), (), "coming", "depok", 3, None, None),
        ((1, 3, 4), (720, 730, 740), "coming", "katulampa", 6, None, None),  # the forecast does not reach so far
        ((2, 2, 3), (760, 800, 860), "coming", "depok", 3, (835, 885), 2),
        ((4, 4, 2), (860, 840, 800), "here", None, None, None, 2),
        ((3, 3, 2), (860, 900, 960), "here", None, None, None, 2),
        ((4, 4, 4), (740, 760, 800), "rising", None, 2, (735, 785), 3),
        ((None, 4, 4), (700, 705, 710), "unknown", None, None, None, None),
        ((4, 4, None), (), "unknown", None, None, None, None),
        ((None, 2, None), (), "coming", "depok", 3, None, None),
        ((None, None, None), (760,), "rising", None, 1, (735, 785), 3),
    ],
)
def test_each_situation_has_one_answer(
    stages: tuple[int | None, int | None, int | None], points: tuple[float, ...], answer: str, origin: str | None,
    after_hours: int | None, band: tuple[float, float] | None, stage: int | None,
) -> None:  # fmt: skip
    found = answer_of(strip(*stages), forecast(*points))
    assert (found.answer, found.from_id, found.stage) == (WaterAnswer(answer), origin, stage)
    assert found.at == (None if after_hours is None else NOW + timedelta(hours=after_hours))
    assert (found.low_cm, found.high_cm) == (band or (None, None))


def test_what_is_not_known_is_named_with_every_answer() -> None:
    assert answer_of(strip(None, 2, 4), []).unknown == ("katulampa",)
    assert answer_of(strip(4, None, None), []).unknown == ("depok", "manggarai")


def test_an_old_forecast_does_not_count() -> None:
    assert answer_of(strip(4, 4, 4), forecast(760, 900), age=timedelta(hours=2)).answer == WaterAnswer.CALM
    assert water_ahead(strip(4, 4, 4), LIMITS, forecast(900), made_at=None, now=NOW).answer == WaterAnswer.CALM


def test_without_a_travel_time_the_answer_has_none() -> None:
    gauges = strip(4, 2, 4)
    gauges[1] = StripGauge(id="depok", stage=2, measured_at=NOW, minutes=None)
    found = answer_of(gauges, forecast(720, 800, 885))
    assert (found.answer, found.at, found.low_cm) == (WaterAnswer.COMING, None, None)


def test_water_that_should_have_come_comes_now() -> None:
    gauges = strip(4, 2, 4)
    gauges[1] = StripGauge(id="depok", stage=2, measured_at=NOW - timedelta(hours=4), minutes=180)
    assert answer_of(gauges, []).at == NOW


def test_a_gauge_without_limits_has_a_band_and_no_stage() -> None:
    found = answer_of(strip(4, 2, 4), forecast(720, 800, 885), limits=())
    assert (found.low_cm, found.stage) == (860, None)


def test_the_strip_runs_from_the_farthest_gauge_to_the_last() -> None:
    assert strip_of("manggarai", CILIWUNG) == [("katulampa", 360), ("depok", 180), ("manggarai", 0)]
    assert strip_of("katulampa", CILIWUNG) == [("katulampa", 0)]


def test_a_step_without_a_time_makes_the_whole_time_unknown() -> None:
    steps = {**CILIWUNG, "depok": RiverStep(downstream_id="manggarai", travel_minutes=None)}
    assert dict(strip_of("manggarai", steps)) == {"katulampa": None, "depok": None, "manggarai": 0}


def test_a_river_in_a_circle_ends() -> None:
    circle = {
        "a": RiverStep(downstream_id="b", travel_minutes=10),
        "b": RiverStep(downstream_id="a", travel_minutes=10),
    }
    assert strip_of("a", circle) == [("b", 10), ("a", 0)]
    assert last_ones(["a", "b"], circle) == []


def test_of_gauges_on_one_river_the_last_counts() -> None:
    assert last_ones(["depok", "manggarai", "katulampa"], CILIWUNG) == ["manggarai"]
    assert last_ones(["depok", "elsewhere"], CILIWUNG) == ["depok"]
