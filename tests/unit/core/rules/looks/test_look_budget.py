"""A zone is decided only on looks that come often enough, and one that is looked at too seldom is unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.looks.look_budget import (
    LEAST_LOOKS,
    SLOW_SECONDS,
    LookRateWatch,
    LookWatch,
    longest_gap,
    needed_interval,
    note_frame,
    step,
)

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize(("allowed", "interval"), [(1, 0.25), (8, 2.0), (14, 3.5), (180, 3.5)])
def test_a_dwell_needs_four_looks_and_never_fewer_than_one_in_three_seconds_and_a_half(
    allowed: float, interval: float
) -> None:
    assert needed_interval(allowed) == interval


def test_what_does_not_come_and_go_may_be_looked_at_less_often() -> None:
    assert needed_interval(180, longest_seconds=10) == 10


@given(interval=st.floats(0.05, 10), frame=st.floats(0.02, 2))
def test_a_look_may_come_one_frame_late(interval: float, frame: float) -> None:
    assert longest_gap(interval, frame_seconds=frame) >= interval + frame


@given(allowed=st.floats(0.5, 3600))
def test_looks_at_the_needed_interval_are_enough_for_a_dwell(allowed: float) -> None:
    assert allowed / needed_interval(allowed) >= LEAST_LOOKS


def _changes(seconds: list[float], *, gap: float = 2.0) -> list[tuple[str, float]]:
    watch = LookWatch()
    changes: list[tuple[str, float]] = []
    for second in seconds:
        watch, change = step(watch, at=AT + timedelta(seconds=second), gap_seconds=gap)
        changes += [(change, second)] if change else []
    return changes


@pytest.mark.parametrize(
    ("seconds", "changes"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7, 8], []),
        ([0, 3, 6, 9], [("slow", 6)]),
        ([0, 1, 4.5, 5, 6, 7], []),  # one look that came late
        ([0, 9], [("slow", 9)]),
        ([0, 3, 6, 7, 8, 9, 10, 11, 12], [("slow", 6), ("steady", 11)]),
        ([0, 3, 6, 7, 8, 11, 12, 13, 14, 15, 16], [("slow", 6), ("steady", 16)]),
        ([0, 3, 6, 6, 5, 8], [("slow", 6)]),  # a clock that was set back proves nothing
    ],
)
def test_a_zone_is_too_slow_after_five_seconds_of_late_looks_and_steady_after_five_of_others(
    seconds: list[float], changes: list[tuple[str, float]]
) -> None:
    assert _changes(seconds) == changes


def test_a_lost_view_is_not_a_slow_look() -> None:
    watch, _ = step(LookWatch(), at=AT, gap_seconds=2)
    watch, change = step(watch.resumed(), at=AT + timedelta(seconds=60), gap_seconds=2)
    assert (change, watch.is_slow, watch.slow_since) == (None, False, None)
    slow = LookWatch(looked_at=AT, slow_since=AT, is_slow=True).resumed()
    assert (slow.is_slow, slow.slow_since) == (True, AT)  # it goes on being slow until looks are steady


@given(gaps=st.lists(st.floats(0.01, 10), min_size=1, max_size=40))
def test_a_zone_is_slow_only_where_looks_were_late(gaps: list[float]) -> None:
    watch, at = LookWatch(looked_at=AT), AT
    for gap in gaps:
        at += timedelta(seconds=gap)
        watch, _ = step(watch, at=at, gap_seconds=2)
    if watch.is_slow:
        assert sum(gap for gap in gaps if gap > 1.99) > 0
        assert sum(gaps) >= SLOW_SECONDS - 1e-3
    else:
        assert all(gap < SLOW_SECONDS for gap in gaps[-1:])


def _rate(*, frame_seconds: float, looked_every: int, frames: int, interval: float = 0.5) -> LookRateWatch:
    watch = LookRateWatch()
    for number in range(frames):
        watch = note_frame(
            watch,
            at=AT + timedelta(seconds=number * frame_seconds),
            passed_seconds=frame_seconds if number else 0.0,
            interval_seconds=interval,
            looked=number % looked_every == 0,
        )
    return watch


@pytest.mark.parametrize(
    ("frame_seconds", "looked_every", "behind"),
    [(0.2, 3, False), (0.5, 1, False), (1.0, 1, True), (5.0, 1, True), (0.2, 10, True)],
)
def test_a_camera_is_behind_within_ten_seconds(frame_seconds: float, looked_every: int, *, behind: bool) -> None:
    rate = _rate(frame_seconds=frame_seconds, looked_every=looked_every, frames=round(10 / frame_seconds)).rate()
    assert rate is not None
    assert rate.is_behind == behind


def test_the_rate_is_not_known_at_first_and_forgets_what_was() -> None:
    assert _rate(frame_seconds=0.2, looked_every=3, frames=15).rate() is None
    later = _rate(frame_seconds=0.2, looked_every=3, frames=200)
    assert len(later.frames) <= 41
