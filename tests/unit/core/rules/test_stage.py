"""Siaga stages: published values, inclusive bounds, hysteresis, replays and silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.stage import NORMAL, StageChanged, StageLimits, StageWatch, stage_for, step

AT = datetime(2020, 1, 1, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MANGGARAI = StageLimits(s3_cm=750, s2_cm=850, s1_cm=950)
PLUIT = StageLimits(s3_cm=-51, s2_cm=0, s1_cm=45)
levels = st.floats(-500, 2000, allow_nan=False)


def run(readings: list[float], *, hysteresis_cm: float = 5, limits: StageLimits = MANGGARAI) -> list[StageChanged]:
    watch, changes = StageWatch(), []
    for number, level_cm in enumerate(readings):
        watch, change = step(watch, level_cm, at=AT + number * MINUTE, limits=limits, hysteresis_cm=hysteresis_cm)
        changes += [change] if change else []
    return changes


@pytest.mark.parametrize(
    ("limits", "level_cm", "stage"),
    [
        # The bounds of the core gauges: the cm below, and the bound itself, which already counts.
        *[
            pytest.param(limits, level, stage, id=f"{name} {level}")
            for name, limits in {
                "Katulampa": StageLimits(s3_cm=80, s2_cm=150, s1_cm=200),
                "Depok": StageLimits(s3_cm=200, s2_cm=270, s1_cm=350),
                "Manggarai": MANGGARAI,
                "Karet": StageLimits(s3_cm=450, s2_cm=550, s1_cm=600),
                "Krukut Hulu": StageLimits(s3_cm=150, s2_cm=250, s1_cm=300),
                "Pesanggrahan": StageLimits(s3_cm=150, s2_cm=250, s1_cm=350),
                "Pasar Ikan": StageLimits(s3_cm=170, s2_cm=200, s1_cm=250),
                "Pulo Gadung": StageLimits(s3_cm=550, s2_cm=700, s1_cm=770),
            }.items()
            for level, stage in [
                (limits.s3_cm - 1, 4),
                (limits.s3_cm, 3),
                ((limits.s2_cm or 0) - 1, 3),
                (limits.s2_cm or 0, 2),
                ((limits.s1_cm or 0) - 1, 2),
                (limits.s1_cm or 0, 1),
            ]
        ],
        # Published observations (Waduk Pluit lies below the sea)
        pytest.param(PLUIT, -190, 4, id="Pluit -190"),
        pytest.param(PLUIT, -10, 3, id="Pluit -10"),
        pytest.param(PLUIT, 5, 2, id="Pluit 5"),
        pytest.param(StageLimits(s3_cm=170, s2_cm=200), 190, 3, id="Marina 190"),
        pytest.param(StageLimits(s3_cm=170, s2_cm=200), 205, 2, id="Marina 205"),
        pytest.param(StageLimits(s3_cm=150, s2_cm=250, s1_cm=300), 300, 1, id="Angke Hulu 300 in 2015"),
        # Ours is not what officials called these; both are kept, the worse one alarms
        pytest.param(MANGGARAI, 955, 1, id="Manggarai 955, published as 2 on 2020-02-25"),
        pytest.param(StageLimits(s3_cm=170, s2_cm=200, s1_cm=250), 199, 3, id="Pasar Ikan 199, published as 2"),
        # Gauges of which not every limit is known
        pytest.param(StageLimits(s3_cm=190), 5000, 3, id="only Siaga 3 known"),
        pytest.param(StageLimits(s3_cm=100, s1_cm=222), 221, 3, id="Siaga 2 unknown, below Siaga 1"),
        pytest.param(StageLimits(s3_cm=100, s1_cm=222), 222, 1, id="Siaga 2 unknown, at Siaga 1"),
    ],
)
def test_stage_for(limits: StageLimits, level_cm: float, stage: int) -> None:
    assert stage_for(level_cm, limits) == stage


@given(levels, levels)
def test_more_water_is_never_a_calmer_stage(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert stage_for(high, MANGGARAI) <= stage_for(low, MANGGARAI)


@pytest.mark.parametrize(
    "limits",
    [{"s3_cm": 850, "s2_cm": 750}, {"s3_cm": 1, "s2_cm": 3, "s1_cm": 2}, {"s3_cm": 100, "s1_cm": 99}],
)
def test_limits_that_do_not_rise_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"^limits must rise from Siaga 3 to Siaga 1, got \["):
        StageLimits(**limits)


@pytest.mark.parametrize(("stage", "bound"), [(1, 950), (2, 850), (3, 750), (4, None)])
def test_lower_bound_of_stage(stage: int, bound: float | None) -> None:
    assert MANGGARAI.lower_bound_cm(stage) == bound


@pytest.mark.parametrize(
    ("readings", "stages"),
    [
        pytest.param([700, 749.9], [], id="below every bound"),
        pytest.param([700, 750, 850, 950], [3, 2, 1], id="rises stage by stage, at once on each bound"),
        pytest.param([700, 960], [1], id="rises over several stages at once"),
        pytest.param([950, 700], [1, 4], id="falls over several stages at once"),
        pytest.param([750, 749, 751, 745, 750], [3], id="wobbles on the bound, as low as the band reaches"),
        pytest.param([750, 744.9], [3, 4], id="falls just below the band"),
        pytest.param([950, 946, 944], [1, 2], id="holds 1 inside the band, then falls by one"),
        pytest.param([950, 752], [1, 3], id="falls from 1 to just over the bound of 3"),
        pytest.param([950, 748], [1, 3], id="falls from 1 into the band below 3: not all the way to normal"),
        pytest.param([750, 744, 749], [3, 4], id="a rise needs the bound itself, not the band"),
    ],
)
def test_a_gauge_goes_through(readings: list[float], stages: list[int]) -> None:
    assert [change.stage for change in run(readings)] == stages


@given(st.lists(levels, min_size=1, max_size=30), st.floats(0, 60))
def test_it_rises_at_once_and_never_falls_inside_the_band(readings: list[float], hysteresis_cm: float) -> None:
    watch = StageWatch()
    for number, level_cm in enumerate(readings):
        before = watch.stage
        watch, change = step(watch, level_cm, at=AT + number * MINUTE, limits=MANGGARAI, hysteresis_cm=hysteresis_cm)
        assert watch.stage <= stage_for(level_cm, MANGGARAI)
        if change is not None and not change.is_rise:
            bound = MANGGARAI.lower_bound_cm(before)
            assert bound is not None
            assert level_cm + hysteresis_cm < bound
        if change is None:
            assert watch.stage == before
        else:
            assert (change.previous, change.stage, change.level_cm) == (before, watch.stage, level_cm)


@given(st.lists(levels, max_size=30))
def test_without_hysteresis_the_stage_is_that_of_the_level(readings: list[float]) -> None:
    watch = StageWatch()
    for number, level_cm in enumerate(readings):
        watch, _ = step(watch, level_cm, at=AT + number * MINUTE, limits=MANGGARAI, hysteresis_cm=0)
        assert watch.stage == stage_for(level_cm, MANGGARAI)


@given(st.lists(levels, min_size=1, max_size=20), st.data())
def test_a_replay_of_older_readings_changes_nothing(readings: list[float], data: st.DataObject) -> None:
    watch = StageWatch()
    for number, level_cm in enumerate(readings):
        watch, _ = step(watch, level_cm, at=AT + number * MINUTE, limits=MANGGARAI, hysteresis_cm=5)
    again = data.draw(st.integers(0, len(readings) - 1))
    other_level_cm = data.draw(levels)
    assert step(watch, other_level_cm, at=AT + again * MINUTE, limits=MANGGARAI, hysteresis_cm=5) == (watch, None)


@pytest.mark.parametrize("level_cm", [None, float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_level_changes_nothing(level_cm: float | None) -> None:
    watch, _ = step(StageWatch(), 960, at=AT, limits=MANGGARAI, hysteresis_cm=5)
    assert step(watch, level_cm, at=AT + MINUTE, limits=MANGGARAI, hysteresis_cm=5) == (watch, None)


def test_since_is_when_the_stage_began_not_when_it_was_last_seen() -> None:
    watch = StageWatch()
    reported: list[datetime | None] = []
    for number, level_cm in enumerate([700, 710, 760, 770, 700, 690]):
        watch, _ = step(watch, level_cm, at=AT + number * MINUTE, limits=MANGGARAI, hysteresis_cm=5)
        reported.append(watch.since)
        assert (watch.level_cm, watch.measured_at) == (level_cm, AT + number * MINUTE)
    assert reported == [AT + number * MINUTE for number in (0, 0, 2, 2, 4, 4)]


def test_a_change_states_from_where_to_where_and_whether_it_got_worse() -> None:
    rise, fall = run([870, 700])
    assert rise == StageChanged(previous=NORMAL, stage=2, level_cm=870, at=AT)
    assert fall == StageChanged(previous=2, stage=NORMAL, level_cm=700, at=AT + MINUTE)
    assert rise.is_rise
    assert not fall.is_rise
