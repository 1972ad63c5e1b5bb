"""Which pump or gate does not do what the water calls for, by reports and levels that are written out here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.assets.check import (
    DEFAULT_POLICY,
    AssetDuty,
    AssetProblem,
    CheckResult,
    LevelSample,
    Outcome,
    check,
)
from siaga_core.rules.assets.state import Condition, StateSample, is_current, shown

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PUMP = AssetDuty(works_as="running", works_from_cm=100, rated_kw=200, stale_seconds=300)
GATE = AssetDuty(works_as="closed", works_from_cm=100, rated_kw=None, stale_seconds=300)


def states(*given_: tuple[float, Condition], kw: float | None = None, share: float | None = None) -> list[StateSample]:
    """Reports so many seconds before now."""
    return [
        StateSample(at=NOW - timedelta(seconds=ago), state=state, power_kw=kw, capacity_share=share)
        for ago, state in given_
    ]


def every_30_s(
    state: Condition, *, seconds: int, kw: float | None = None, share: float | None = None
) -> list[StateSample]:
    return states(*((ago, state) for ago in range(seconds, -1, -30)), kw=kw, share=share)


def levels(*cm: float, every: int = 60) -> list[LevelSample]:
    """Levels of which the last one is of now."""
    last = len(cm) - 1
    return [LevelSample(at=NOW - timedelta(seconds=every * (last - i)), level_cm=one) for i, one in enumerate(cm)]


def found(
    reported: Sequence[StateSample], measured: Sequence[LevelSample], duty: AssetDuty = PUMP, *, now: datetime = NOW
) -> CheckResult:
    return check(duty, reported, measured, now=now)


# --- what is known now --------------------------------------------------------------------------------------------


def test_a_report_holds_as_long_as_the_asset_allows_and_then_nothing_is_known() -> None:
    last = states((0, "running"))[0]
    assert shown(last, now=NOW + timedelta(seconds=300), stale_seconds=300) == "running"
    assert shown(last, now=NOW + timedelta(seconds=301), stale_seconds=300) == "unknown"
    assert shown(None, now=NOW, stale_seconds=300) == "unknown"


def test_a_report_of_a_clock_far_ahead_is_not_current() -> None:
    assert is_current(NOW + timedelta(minutes=5), now=NOW, stale_seconds=60)
    assert not is_current(NOW + timedelta(minutes=6), now=NOW, stale_seconds=60)


# --- silence ------------------------------------------------------------------------------------------------------


def test_nothing_is_found_without_reports_or_with_old_ones() -> None:
    assert found([], levels(120)).outcome is Outcome.UNKNOWN
    assert found(states((301, "stopped")), levels(*[120] * 9)).outcome is Outcome.UNKNOWN


def test_nothing_is_found_without_a_level_that_is_new_enough() -> None:
    stopped = every_30_s("stopped", seconds=600)
    assert found(stopped, []).outcome is Outcome.UNKNOWN
    old = [replace(one, at=one.at - timedelta(seconds=901)) for one in levels(*[120] * 9)]
    assert found(stopped, old).outcome is Outcome.UNKNOWN


def test_nothing_is_found_where_no_duty_is_known() -> None:
    without_duty = replace(PUMP, works_from_cm=None)
    assert found(every_30_s("stopped", seconds=600), levels(*[120] * 9), without_duty).outcome is Outcome.UNKNOWN


# --- a fault ------------------------------------------------------------------------------------------------------


def test_a_reported_fault_is_an_anomaly_whatever_the_water_does() -> None:
    check_result = found(states((120, "running"), (90, "fault"), (0, "fault")), [])
    assert (check_result.outcome, check_result.problem) == (Outcome.ANOMALY, AssetProblem.FAULT)
    assert check_result.since == NOW - timedelta(seconds=90)
    assert check_result.level_cm is None


# --- should run but stands ----------------------------------------------------------------------------------------


def test_a_pump_that_stands_while_the_water_calls_for_it_is_an_anomaly_after_the_grace() -> None:
    high = levels(90, 101, 104, 107)
    check_result = found(every_30_s("stopped", seconds=600), high)
    assert (check_result.outcome, check_result.problem) == (Outcome.ANOMALY, AssetProblem.STANDING)
    assert check_result.since == NOW - timedelta(seconds=120)
    assert check_result.level_cm == 107
    assert check_result.confidence == DEFAULT_POLICY.sure_confidence
    assert found(every_30_s("stopped", seconds=600), levels(90, 101, 104)).outcome is Outcome.UNKNOWN


def test_a_pump_that_stopped_just_now_has_the_grace_from_then_on() -> None:
    reported = states((300, "running"), (90, "stopped"), (0, "stopped"))
    assert found(reported, levels(*[120] * 9)).outcome is Outcome.UNKNOWN


def test_a_pump_may_stand_while_the_water_is_low_and_nothing_is_known_just_below_its_limit() -> None:
    stopped = every_30_s("stopped", seconds=600)
    assert found(stopped, levels(94.9)).outcome is Outcome.WELL
    assert found(stopped, levels(99)).outcome is Outcome.UNKNOWN


def test_a_gate_that_has_to_close_and_is_open_is_an_anomaly_and_a_closed_one_is_well() -> None:
    high = levels(*[120] * 9)
    assert found(every_30_s("open", seconds=600), high, GATE).problem is AssetProblem.STANDING
    assert found(every_30_s("closed", seconds=600), high, GATE).outcome is Outcome.WELL


# --- runs but the water does not fall -----------------------------------------------------------------------------


def test_a_pump_with_too_little_power_to_lift_water_is_found_soon_and_surely() -> None:
    idle = every_30_s("running", seconds=150, kw=50, share=1.0)
    check_result = found(idle, levels(110, 111, 112, 113))
    assert (check_result.problem, check_result.confidence) == (AssetProblem.NO_EFFECT, DEFAULT_POLICY.sure_confidence)
    assert check_result.since == NOW - timedelta(seconds=150)


def test_an_idle_pump_is_left_alone_before_its_time_and_while_the_water_falls() -> None:
    assert found(every_30_s("running", seconds=120, kw=50), levels(110, 111, 112)).outcome is Outcome.UNKNOWN
    assert found(every_30_s("running", seconds=300, kw=50), levels(116, 114, 112, 110)).outcome is Outcome.UNKNOWN


def test_power_is_compared_with_the_share_of_the_capacity_that_runs() -> None:
    half = every_30_s("running", seconds=1200, kw=90, share=0.5)
    check_result = found(half, levels(*[110] * 21))
    assert check_result.confidence == DEFAULT_POLICY.doubtful_confidence


@pytest.mark.parametrize(("kw", "rated_kw"), [(190.0, 200.0), (None, 200.0), (50.0, None)])
def test_without_the_proof_of_power_it_is_slower_and_doubtful(kw: float | None, rated_kw: float | None) -> None:
    duty = replace(PUMP, rated_kw=rated_kw)
    steady = levels(*[110] * 21)
    check_result = found(every_30_s("running", seconds=900, kw=kw), steady, duty)
    assert (check_result.problem, check_result.confidence) == (
        AssetProblem.NO_EFFECT,
        DEFAULT_POLICY.doubtful_confidence,
    )
    assert found(every_30_s("running", seconds=600, kw=kw), steady, duty).outcome is Outcome.UNKNOWN


def test_a_pump_whose_water_falls_is_well() -> None:
    falling = levels(*[130 - one for one in range(21)])
    assert found(every_30_s("running", seconds=1200, kw=190), falling).outcome is Outcome.WELL


def test_a_gap_of_levels_at_the_start_of_the_window_proves_nothing() -> None:
    assert found(every_30_s("running", seconds=1200, kw=190), levels(110, 110)).outcome is Outcome.UNKNOWN


def test_an_idle_pump_counts_from_the_newest_time_on_that_it_had_its_power() -> None:
    reported = [*every_30_s("running", seconds=600, kw=190)[:-2], *every_30_s("running", seconds=30, kw=50)]
    assert found(reported, levels(*[110] * 5)).outcome is Outcome.UNKNOWN


# --- whatever comes -----------------------------------------------------------------------------------------------

_STATES = st.lists(st.tuples(st.integers(0, 7200), st.sampled_from(["running", "stopped", "fault"])), max_size=40)
_LEVELS = st.lists(st.tuples(st.integers(0, 7200), st.floats(-500, 2000)), max_size=40)


@given(_STATES, _LEVELS)
def test_an_anomaly_always_rests_on_a_current_report_and_states_since_when(
    reported: list[tuple[int, Condition]], measured: list[tuple[int, float]]
) -> None:
    ordered = states(*sorted(reported, reverse=True))
    water = [LevelSample(at=NOW - timedelta(seconds=ago), level_cm=cm) for ago, cm in sorted(measured, reverse=True)]
    check_result = found(ordered, water)
    if check_result.outcome is Outcome.ANOMALY:
        assert shown(ordered[-1], now=NOW, stale_seconds=PUMP.stale_seconds) != "unknown"
        assert check_result.problem is not None
        assert check_result.since is not None
        assert check_result.since <= NOW
        assert 0 < check_result.confidence <= 1
    else:
        assert check_result.problem is None


@given(_LEVELS)
def test_a_silent_pump_is_never_well(measured: list[tuple[int, float]]) -> None:
    water = [LevelSample(at=NOW - timedelta(seconds=ago), level_cm=cm) for ago, cm in sorted(measured, reverse=True)]
    assert found([], water).outcome is Outcome.UNKNOWN
