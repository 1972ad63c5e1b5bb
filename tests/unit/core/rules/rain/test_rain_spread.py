"""Intervals of rain on a grid: nothing is lost, nothing counts twice, and what no interval covers is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.rain.spread import RainInterval, SpanRain, known_mm, most_mm, spread, total

START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
TEN_MINUTES = timedelta(minutes=10)


def rain(ends: float, minutes: int, mm: float) -> RainInterval:
    """Rain in the minutes before so many minutes after START."""
    return RainInterval(ends_at=START + timedelta(minutes=ends), minutes=minutes, mm=mm)


def steps(*intervals: RainInterval, count: int = 3) -> list[tuple[Any, float]]:
    found = spread(intervals, since=START, step=TEN_MINUTES, count=count)
    return [(pytest.approx(one.mm), one.known_minutes) for one in found]


def test_an_interval_of_one_step_is_its_rain() -> None:
    assert steps(rain(20, 10, 4)) == [(0, 0), (4, 10), (0, 0)]


def test_a_longer_interval_is_divided_evenly_over_its_steps() -> None:
    assert steps(rain(30, 30, 6)) == [(2, 10), (2, 10), (2, 10)]


def test_of_an_interval_that_begins_before_the_grid_only_the_rest_counts() -> None:
    assert steps(rain(10, 40, 8)) == [(2, 10), (0, 0), (0, 0)]
    assert steps(rain(50, 40, 8)) == [(0, 0), (2, 10), (2, 10)]


def test_an_interval_that_meets_no_boundary_is_known_in_part() -> None:
    assert steps(rain(14, 8, 8)) == [(4, 4), (4, 4), (0, 0)]


def test_an_interval_beside_the_grid_makes_nothing_of_it_known() -> None:
    assert steps(rain(0, 10, 5), rain(40, 10, 5)) == [(0, 0), (0, 0), (0, 0)]


def test_a_longer_interval_adds_only_what_the_shorter_ones_have_not() -> None:
    assert steps(rain(30, 30, 6), rain(20, 10, 4)) == [(1, 10), (4, 10), (1, 10)]


def test_a_longer_interval_with_less_rain_than_a_shorter_one_adds_known_minutes_alone() -> None:
    assert steps(rain(30, 30, 3), rain(20, 10, 4)) == [(0, 10), (4, 10), (0, 10)]


def test_an_interval_that_shorter_ones_cover_adds_nothing() -> None:
    assert steps(rain(20, 20, 9), rain(10, 10, 1), rain(20, 10, 2)) == [(1, 10), (2, 10), (0, 0)]


def test_of_two_that_overlap_in_part_each_moment_counts_once() -> None:
    assert steps(rain(15, 15, 3), rain(25, 15, 3)) == [(2, 10), (2, 10), (1, 5)]


def test_no_steps_and_no_intervals() -> None:
    assert steps(rain(10, 10, 1), count=0) == []
    assert steps() == [(0, 0)] * 3


def test_a_step_of_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one above zero"):
        spread([], since=START, step=timedelta(0), count=1)


def test_the_most_that_can_have_fallen() -> None:
    assert [most_mm(minutes) for minutes in (10, 60, 200, 1440)] == [50, 300, 1000, 1000]


def test_rain_of_a_window_is_known_from_nine_tenths_on() -> None:
    assert known_mm(SpanRain(3, 54), minutes=60) == 3
    assert known_mm(SpanRain(3, 53.9), minutes=60) is None
    assert known_mm(SpanRain(0, 0), minutes=60) is None
    assert total([SpanRain(1, 10), SpanRain(2, 8)]) == SpanRain(3, 18)
    assert total([]) == SpanRain(0, 0)


INTERVALS = st.lists(
    st.builds(rain, st.integers(0, 300), st.integers(1, 120), st.floats(0, 100, allow_nan=False)), max_size=12
)


@given(INTERVALS)
def test_at_most_all_rain_counts_and_no_minute_twice(intervals: list[RainInterval]) -> None:
    since, count = START - timedelta(minutes=120), 42
    found: list[SpanRain] = spread(intervals, since=since, step=TEN_MINUTES, count=count)
    covered = {one.ends_at - timedelta(minutes=minute + 1) for one in intervals for minute in range(one.minutes)}
    assert sum(one.known_minutes for one in found) == pytest.approx(len(covered))
    assert all(0 <= one.known_minutes <= 10 and one.mm >= 0 for one in found)
    assert sum(one.mm for one in found) <= sum(one.mm for one in intervals) + 1e-6


@given(INTERVALS)
def test_the_sequence_of_the_intervals_does_not_matter(intervals: list[RainInterval]) -> None:
    assert steps(*intervals) == [
        (one.mm, one.known_minutes)
        for one in spread(sorted(intervals, key=lambda one: one.mm), since=START, step=TEN_MINUTES, count=3)
    ]
