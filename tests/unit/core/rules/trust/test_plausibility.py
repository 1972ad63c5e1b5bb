"""Which levels may change a stage, and that a true flood waits for nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules import stage as stages
from siaga_core.rules.stage import StageLimits
from siaga_core.rules.trust.plausibility import LevelAt, PlausibleLevels, is_confirmed, is_in_range, range_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KATULAMPA = StageLimits(s3_cm=80, s2_cm=150, s1_cm=200)
LEVELS = PlausibleLevels(lowest_cm=-300, highest_cm=400)


def at(minutes: float, level_cm: float) -> LevelAt:
    return LevelAt(NOW + timedelta(minutes=minutes), level_cm)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param(KATULAMPA, (-300, 400), id="200 cm above the highest limit"),
        pytest.param(StageLimits(s3_cm=750, s2_cm=850, s1_cm=950), (-300, 1187.5), id="a quarter above"),
        pytest.param(StageLimits(s3_cm=150), (-300, 350), id="only one limit is known"),
        pytest.param(StageLimits(s3_cm=-100, s1_cm=-50), (-400, 150), id="below the gauge's zero"),
    ],
)
def test_the_range_follows_from_the_limits(limits: StageLimits, expected: tuple[float, float]) -> None:
    assert range_of(limits) == expected


def test_the_citys_own_range_comes_first() -> None:
    assert range_of(KATULAMPA, lowest_cm=0) == (0, 400)
    assert range_of(KATULAMPA, highest_cm=300) == (-300, 300)


@pytest.mark.parametrize(
    ("level_cm", "expected"),
    [(-300, True), (400, True), (400.1, False), (-300.1, False), (1234.5, False), (float("nan"), False)],
)
def test_a_level_outside_of_the_range_is_not_plausible(level_cm: float, expected: bool) -> None:
    assert is_in_range(level_cm, LEVELS) is expected
    assert is_confirmed(at(1, level_cm), [at(0, level_cm)], LEVELS) is expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param([], at(0, 260), False, id="a first reading waits for a second one"),
        pytest.param([at(0, 50)], at(1, 105), True, id="25 cm a minute and 30 cm at once: what a river can do"),
        pytest.param([at(0, 50)], at(1, 105.1), False, id="faster: a jump"),
        pytest.param([at(0, 50)], at(10, 260), True, id="after ten minutes of silence the river can be there"),
        pytest.param([at(1, 260), at(0, 50)], at(2, 258), True, id="two of three are high"),
        pytest.param([at(1, 330), at(0, 50)], at(2, 60), True, id="two of three are low: the middle one was wrong"),
        pytest.param([at(1, 330), at(0, 50)], at(2, 190), False, id="three that disagree"),
        pytest.param([at(2, 330), at(1, 331), at(0, 50)], at(3, 60), False, id="only the last three count"),
        pytest.param([at(0, 250)], at(1, 50), False, id="a fall is judged as a rise"),
        pytest.param([at(5, 50)], at(4, 81), False, id="a clock that went back gives no time to rise"),
    ],
)
def test_two_of_three_readings_agree(before: list[LevelAt], now: LevelAt, expected: bool) -> None:
    assert is_confirmed(now, before, LEVELS) is expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"lowest_cm": 10, "highest_cm": 10},
        {"lowest_cm": 0, "highest_cm": 1, "jump_cm": 0},
        {"lowest_cm": 0, "highest_cm": 1, "rate_cm_per_minute": -1},
    ],
)
def test_impossible_limits_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        PlausibleLevels(**wrong)


def first_alarm(readings: list[LevelAt], *, is_checked: bool) -> int | None:
    """Return the number of the reading that first raises the stage, as the cloud decides it."""
    watch = stages.StageWatch()
    for number, now in enumerate(readings):
        before = readings[:number][::-1]
        after, change = stages.step(watch, now.level_cm, at=now.at, limits=KATULAMPA, hysteresis_cm=5)
        if change is None:
            watch = after
        elif not is_checked or is_confirmed(now, before, LEVELS):
            return number
    return None


@given(
    st.lists(st.tuples(st.floats(0.1, 15), st.floats(-1, 1)), min_size=2, max_size=30),
    st.floats(0, 79),
)
def test_a_flood_as_fast_as_a_river_can_rise_is_not_delayed(steps: list[tuple[float, float]], first: float) -> None:
    readings = [at(0, first)]
    for minutes, share in steps:
        most = LEVELS.rate_cm_per_minute * minutes + LEVELS.jump_cm
        level = min(max(readings[-1].level_cm + share * most * 0.999, 0), 400)
        readings.append(LevelAt(readings[-1].at + timedelta(minutes=minutes), level))
    assert first_alarm(readings, is_checked=True) == first_alarm(readings, is_checked=False)


@given(st.floats(80, 399), st.integers(1, 10), st.floats(0.05, 15))
def test_a_flash_flood_is_reported_with_the_second_reading(level: float, number: int, minutes: float) -> None:
    readings = [at(n * minutes, 20) for n in range(number)] + [at((number + n) * minutes, level) for n in range(3)]
    alarm, checked = first_alarm(readings, is_checked=False), first_alarm(readings, is_checked=True)
    assert alarm == number
    assert checked in (number, number + 1)


@given(st.lists(st.floats(0, 60), min_size=3, max_size=12), st.floats(200, 1e6), st.integers(0, 11))
def test_a_single_wrong_reading_never_changes_the_stage(calm: list[float], wrong: float, place: int) -> None:
    levels = list(calm)
    levels[place % len(levels)] = wrong
    readings = [at(n, level) for n, level in enumerate(levels)]
    assert first_alarm(readings, is_checked=True) is None


def flood(minutes: float, phase_seconds: int) -> list[LevelAt]:
    """200 cm within so many minutes at Katulampa, read once a minute."""
    return [
        at(number, 20 + 200 * min(1, max(0.0, (number - 10 + phase_seconds / 60) / minutes))) for number in range(80)
    ]


@pytest.mark.parametrize(
    ("minutes", "added_seconds"), [(0.5, 60), (1, 60), (2, 60), (3, 60), (4, 0), (5, 0), (10, 0), (30, 0)]
)
def test_the_delay_of_siaga_1_in_a_flood_of_200_cm(minutes: float, added_seconds: float) -> None:
    worst = 0.0
    for phase_seconds in range(0, 60, 5):
        readings = flood(minutes, phase_seconds)
        reached, recorded = (disaster_at(readings, is_checked=is_checked) for is_checked in (False, True))
        worst = max(worst, (recorded - reached).total_seconds())
    assert worst == added_seconds


def disaster_at(readings: list[LevelAt], *, is_checked: bool) -> datetime:
    """Return when Siaga 1 is recorded."""
    watch = stages.StageWatch()
    for number, now in enumerate(readings):
        after, change = stages.step(watch, now.level_cm, at=now.at, limits=KATULAMPA, hysteresis_cm=5)
        if change is None or not is_checked or is_confirmed(now, readings[:number][::-1], LEVELS):
            watch = after
        if watch.stage == 1:
            return now.at
    raise AssertionError("never reached")
