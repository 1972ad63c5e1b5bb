"""How often announced water came, counted by floods, and who may be warned ahead of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.ahead.precision import (
    DEFAULT_POLICY,
    PastWarning,
    Precision,
    crossing,
    may_warn,
    precision,
    urgency,
)
from siaga_core.rules.forecast import ForecastPoint

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def warning(hours: float, came: bool | None) -> PastWarning:
    return PastWarning(made_at=NOW + hours * HOUR, came=came)


def point(hours: float, level_cm: float) -> ForecastPoint:
    return ForecastPoint(at=NOW + hours * HOUR, level_cm=level_cm, low_cm=level_cm - 10, high_cm=level_cm + 10)


def test_forecasts_of_one_flood_count_once_by_the_first_of_them() -> None:
    first_flood = [warning(0, True), warning(1, False), warning(6.9, False)]
    second_flood = [warning(12.9, False), warning(13, True)]
    assert precision([*second_flood, *first_flood]) == Precision(episodes=2, came=1)


def test_a_flood_of_which_nobody_measured_the_outcome_is_not_counted() -> None:
    assert precision([warning(0, None), warning(10, True)]) == Precision(episodes=1, came=1)


def test_without_any_announced_flood_the_precision_is_unknown_and_nobody_is_warned() -> None:
    nothing = precision([])
    assert nothing.share is None
    assert not may_warn(nothing)
    assert not may_warn(None)


@pytest.mark.parametrize(
    ("episodes", "came", "is_enough"), [(4, 4, False), (5, 4, True), (10, 7, True), (10, 6, False)]
)
def test_few_floods_and_a_low_precision_warn_nobody(episodes: int, came: int, is_enough: bool) -> None:
    assert may_warn(Precision(episodes=episodes, came=came)) is is_enough


def test_more_cannot_come_than_was_announced() -> None:
    with pytest.raises(ValueError, match="at most as many"):
        Precision(episodes=1, came=2)


def test_the_first_moment_within_the_lead_time_counts() -> None:
    points = [point(3, 720), point(1, 690), point(2, 705), point(5, 800)]
    assert crossing(points, 700, now=NOW, lead=3 * HOUR) == point(2, 705)
    assert crossing(points, 750, now=NOW, lead=3 * HOUR) is None
    assert crossing(points, 800, now=NOW, lead=5 * HOUR) == point(5, 800)
    assert crossing([point(0, 900)], 700, now=NOW, lead=3 * HOUR) is None


def test_what_comes_within_the_hour_is_expected_and_later_future() -> None:
    assert urgency(NOW + HOUR, now=NOW) == "Expected"
    assert urgency(NOW + HOUR + timedelta(seconds=1), now=NOW) == "Future"


@given(st.lists(st.tuples(st.floats(0, 1000), st.sampled_from([True, False, None])), max_size=50))
def test_never_more_episodes_than_warnings_and_a_share_between_none_and_all(
    made: list[tuple[float, bool | None]],
) -> None:
    found = precision(warning(hours, came) for hours, came in made)
    assert found.episodes <= len(made)
    assert found.share is None or 0 <= found.share <= 1
    assert may_warn(found) <= (found.episodes >= DEFAULT_POLICY.least_episodes)
