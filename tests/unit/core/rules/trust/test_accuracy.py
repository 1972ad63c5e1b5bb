"""What is published of a camera's accuracy, and when a camera creates no tasks by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.trust.accuracy import AccuracyPolicy, Rate, is_sampled, is_suspended

POLICY = AccuracyPolicy()


@pytest.mark.parametrize(
    ("count", "of", "share"), [(0, 0, None), (19, 19, None), (20, 20, 1.0), (5, 20, 0.25), (0, 50, 0.0)]
)
def test_a_share_of_too_few_is_not_known(count: int, of: int, share: float | None) -> None:
    assert Rate(count=count, of=of).share(POLICY) == share


def test_an_interval_holds_its_share_and_narrows_with_the_count() -> None:
    few, many = Rate(count=15, of=20).interval, Rate(count=150, of=200).interval
    assert few[0] < many[0] < 0.75 < many[1] < few[1]
    assert Rate(count=0, of=0).interval == (0.0, 1.0)


@pytest.mark.parametrize(
    ("was", "count", "of", "now"),
    [
        pytest.param(False, 0, 19, False, id="too few to tell"),
        pytest.param(True, 0, 0, True, id="nothing new is no recovery"),
        pytest.param(True, 19, 19, True, id="too few is no recovery"),
        pytest.param(False, 4, 20, True, id="the whole interval is below"),
        pytest.param(False, 7, 20, False, id="the interval reaches the floor"),
        pytest.param(True, 7, 20, False, id="and so it recovers"),
        pytest.param(True, 18, 20, False, id="right again"),
    ],
)
def test_a_camera_below_its_floor_creates_no_tasks_until_it_recovers(was: bool, count: int, of: int, now: bool) -> None:
    assert is_suspended(was, Rate(count=count, of=of), POLICY) is now


@given(st.booleans(), st.integers(0, 200), st.integers(0, 200))
def test_nobody_is_suspended_above_the_floor(was: bool, right: int, wrong: int) -> None:
    rate = Rate(count=right, of=right + wrong)
    if is_suspended(was, rate, POLICY) and not was:
        assert right / (right + wrong) < POLICY.precision_floor
        assert right + wrong >= POLICY.min_judged


def test_a_sample_is_of_its_share_repeatable_and_secret() -> None:
    drawn = [is_sampled(b"secret", f"event-{number}", 0.05) for number in range(20_000)]
    assert 850 < sum(drawn) < 1150
    assert drawn == [is_sampled(b"secret", f"event-{number}", 0.05) for number in range(20_000)]
    other = [is_sampled(b"another", f"event-{number}", 0.05) for number in range(20_000)]
    assert sum(one and two for one, two in zip(drawn, other, strict=True)) < 120, "without the secret nobody knows it"
    assert is_sampled(b"", "a", 1.0)
    assert not is_sampled(b"", "a", 0.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sample_share": 1.5},
        {"sample_share": -0.1},
        {"precision_floor": -0.1},
        {"precision_floor": 1.5},
        {"most_a_day": -1},
        {"min_judged": 0},
        {"window": timedelta(0)},
    ],
)
def test_a_policy_that_means_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        AccuracyPolicy(**wrong)


@pytest.mark.parametrize(
    "limit",
    [
        {"sample_share": 0.0},
        {"sample_share": 1.0},
        {"precision_floor": 0.0},
        {"precision_floor": 1.0},
        {"most_a_day": 0},
        {"min_judged": 1},
        {"window": timedelta(seconds=1)},
    ],
)
def test_a_policy_at_its_limits_is_valid(limit: dict[str, Any]) -> None:
    (name,) = limit
    assert getattr(AccuracyPolicy(**limit), name) == limit[name]


def test_a_camera_whose_interval_ends_at_the_floor_is_not_suspended() -> None:
    rate = Rate(count=7, of=20)
    assert not is_suspended(False, rate, AccuracyPolicy(precision_floor=rate.interval[1]))
