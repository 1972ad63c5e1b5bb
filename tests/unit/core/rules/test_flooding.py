"""A road under water: single wrong frames are ignored, a wobbling share does not flap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.flooding import FloodChanged, FloodPolicy, FloodWatch, in_doubt, repeat_update, severity, step

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)
POLICY = FloodPolicy(flooded_share=0.25, clear_share=0.12, window_seconds=20, min_samples=3, update_share=0.15)
shares = st.floats(0, 1, allow_nan=False)


def run(
    values: list[float], *, every_seconds: float = 5, policy: FloodPolicy = POLICY
) -> tuple[FloodWatch, list[FloodChanged]]:
    watch, changes = FloodWatch(), []
    for number, share in enumerate(values):
        at = AT + timedelta(seconds=number * every_seconds)
        watch, change = step(watch, share, at=at, policy=policy)
        changes += [change] if change else []
    return watch, changes


@pytest.mark.parametrize(
    ("values", "reported"),
    [
        pytest.param([0.9, 0.9], [], id="two samples decide nothing"),
        pytest.param([0.9, 0.9, 0.9], [("began", 2)], id="three do"),
        pytest.param([0.25] * 3, [("began", 2)], id="the limit itself is a flood"),
        pytest.param([0.249] * 9, [], id="just below the limit is none"),
        pytest.param([0.0, 0.0, 1.0, 0.0, 0.0, 0.0], [], id="one wet frame is a mistake"),
        pytest.param([0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0], [], id="two apart as well"),
        pytest.param([0.4] * 5 + [0.0] + [0.4] * 5, [("began", 2)], id="one dry frame does not end a flood"),
        pytest.param([0.3] * 3 + [0.13] * 20, [("began", 2), ("updated", 5)], id="inside the band it stays a flood"),
        # 0.3 x3, then 0.12: the median of five is 0.12 once three of them are
        pytest.param([0.3] * 3 + [0.12] * 5, [("began", 2), ("ended", 5)], id="the clear share itself ends it"),
        pytest.param([0.3] * 5 + [0.44] * 9, [("began", 2)], id="a small rise is not told"),
        pytest.param([0.3] * 5 + [0.46] * 9, [("began", 2), ("updated", 7)], id="a larger one is, once"),
        pytest.param([0.8] * 5 + [0.6] * 9, [("began", 2), ("updated", 7)], id="so is a fall"),
        pytest.param(
            [0.3] * 3 + [0.0] * 6 + [0.3] * 6, [("began", 2), ("ended", 5), ("began", 11)], id="it may return"
        ),
    ],
)
def test_a_road_reports_its_flood_changes(values: list[float], reported: list[tuple[str, int]]) -> None:
    _, changes = run(values)
    assert [(change.state, (change.at - AT) // timedelta(seconds=5)) for change in changes] == reported


def test_the_reported_share_is_the_median_and_flooded_since_is_the_beginning() -> None:
    watch, (began, updated) = run([0.3, 0.9, 0.31, 0.5, 0.5, 0.5, 0.5])
    assert (began.share, updated.share) == (0.31, 0.5)
    assert watch.flooded_since == began.at
    assert watch.reported_share == 0.5
    assert watch.is_flooded


def test_after_the_end_nothing_is_left_open() -> None:
    watch, changes = run([0.3] * 3 + [0.0] * 9)
    assert changes[-1].state == "ended"
    assert (watch.is_flooded, watch.flooded_since, watch.reported_share) == (False, None, 0.0)


def test_samples_older_than_the_window_do_not_decide() -> None:
    # 11 s apart, a window of 20 s holds two samples only, and two decide nothing
    _, changes = run([0.9] * 9, every_seconds=11)
    assert changes == []


def test_a_sample_as_old_as_the_window_counts() -> None:
    _, changes = run([0.9] * 3, every_seconds=10)
    assert [change.state for change in changes] == ["began"]


def test_memory_is_bounded_by_the_window() -> None:
    watch, _ = run([0.1] * 500, every_seconds=5)
    assert len(watch.samples) == 5


def test_a_frame_that_is_given_again_is_not_counted_again() -> None:
    watch, _ = run([0.9, 0.9])
    watch, change = step(watch, 0.9, at=AT + timedelta(seconds=5), policy=POLICY)
    assert len(watch.samples) == 2
    assert change is None


def test_an_open_flood_remains_open_while_there_are_too_few_samples() -> None:
    watch, _ = run([0.5] * 3)
    watch, change = step(watch, 0.0, at=AT + timedelta(hours=1), policy=POLICY)
    assert watch.is_flooded
    assert change is None


@pytest.mark.parametrize(
    ("values", "per_minute"),
    [
        pytest.param([0.3, 0.3, 0.3], 0.0, id="steady"),
        pytest.param([0.25, 0.30, 0.35], 0.6, id="0.05 each 5 s"),
        pytest.param([0.35, 0.30, 0.25], -0.6, id="falling"),
    ],
)
def test_the_rate_of_rise(values: list[float], per_minute: float) -> None:
    _, (began,) = run(values)
    assert began.share_per_minute == pytest.approx(per_minute)


def test_one_wrong_frame_at_an_end_does_not_make_a_torrent() -> None:
    policy = FloodPolicy(min_samples=5)
    _, (began,) = run([0.30, 0.31, 0.32, 0.33, 1.0], policy=policy)
    assert 0 < began.share_per_minute < 0.6


def test_a_single_sample_has_no_rate() -> None:
    _, (began,) = run([0.9], policy=FloodPolicy(min_samples=1, steady_samples=1))
    assert began.share_per_minute == 0


# --- water that comes fast --------------------------------------------------------------------------------------

FAST = FloodPolicy(sure_share=0.4, trace_share=0.06, sure_seconds=5, sure_samples=4)


@pytest.mark.parametrize(
    ("values", "reported"),
    [
        pytest.param([0.0] * 20 + [0.9] * 5, [], id="five looks, four seconds: a moment's glare"),
        pytest.param([0.0] * 20 + [0.9] * 6, [("began", 25)], id="five seconds"),
        pytest.param([0.0] * 20 + [0.39] * 9, [], id="not far enough above the limit for that"),
        pytest.param([0.0] * 18 + [0.07] * 3 + [0.9] * 3, [], id="some water was there before, but two seconds of it"),
        pytest.param([0.0] * 18 + [0.07] * 3 + [0.9] * 4, [("began", 24)], id="some water was there before"),
        pytest.param([0.0] * 18 + [0.05] * 3 + [0.9] * 4, [], id="too little of it"),
        pytest.param([0.0] * 20 + [0.9, 0.0, 0.9, 0.0, 0.9, 0.9], [], id="two wrong ones among them"),
        pytest.param([0.0] * 20 + [0.9, 0.0, 0.9, 0.9, 0.9], [], id="three in a row, four seconds in all"),
        pytest.param([0.0] * 20 + [0.9, 0.0] * 9, [], id="half of them: reflections come and go like that"),
        pytest.param([0.0] * 20 + [0.9, 0.0, 0.0] * 4, [], id="a third of them"),
    ],
)
def test_fast_water_is_reported_before_half_of_the_window_is_wet(
    values: list[float], reported: list[tuple[str, int]]
) -> None:
    _, changes = run(values, every_seconds=1, policy=FAST)
    assert [(change.state, (change.at - AT) // timedelta(seconds=1)) for change in changes[:1]] == reported


@pytest.mark.parametrize(
    ("values", "reported"),
    [
        pytest.param([0.1] * 10 + [0.43, 0.61, 0.61, 0.65, 0.42, 0.2], [], id="a wet street in the lights for 2 s"),
        pytest.param([0.1] * 10 + [0.6] * 7, [("began", 13.0)], id="water for 3 s"),
    ],
)
def test_looks_twice_a_second_need_as_long_a_time(values: list[float], reported: list[tuple[str, float]]) -> None:
    watch = FloodWatch()
    changes = []
    for number, share in enumerate(values):
        seconds = number if number < 10 else 5 + number / 2
        watch, change = step(watch, share, at=AT + timedelta(seconds=seconds), policy=FAST)
        changes += [change] if change else []
    assert [(change.state, (change.at - AT).total_seconds()) for change in changes] == reported


def test_many_looks_in_doubt_do_not_outvote_the_seldom_ones_before() -> None:
    watch, changes = run([0.0] * 4)
    for second in range(20, 30):
        share = 0.9 if second < 25 else 0.0
        watch, change = step(watch, share, at=AT + timedelta(seconds=second), policy=FAST)
        changes += [change] if change else []
    assert changes == []


def test_what_was_seen_before_is_not_forgotten_before_a_flood_is_reported() -> None:
    watch, changes = run([0.07] * 20 + [0.9, 0.0, 0.9, 0.0, 0.9], every_seconds=1, policy=FAST)
    assert changes == []
    assert len(watch.samples) == 21


def test_too_few_looks_are_not_sure() -> None:
    _, changes = run([0.0] * 9 + [0.9] * 4, every_seconds=2, policy=FAST)
    assert changes == []


def test_what_was_dry_before_does_not_end_a_fast_flood() -> None:
    watch, changes = run([0.0] * 20 + [0.9] * 12, every_seconds=1, policy=FAST)
    assert [change.state for change in changes] == ["began"]
    assert changes[0].share == 0.9
    assert min(share for _, share in watch.samples) == 0.9


@pytest.mark.parametrize(
    ("values", "doubt"),
    [
        pytest.param([], False, id="nothing was seen"),
        pytest.param([0.1, 0.2, 0.2], False, id="dry"),
        pytest.param([0.0, 0.0, 0.3], True, id="the last look saw a flood"),
        pytest.param([0.0, 0.3, 0.0], True, id="the one before did"),
        pytest.param([0.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0], False, id="none of the latest"),
        pytest.param([0.9] * 12, False, id="the flood is told"),
    ],
)
def test_more_looks_are_wanted_while_in_doubt(values: list[float], *, doubt: bool) -> None:
    watch, _ = run(values, every_seconds=1, policy=FAST)
    assert in_doubt(watch, FAST) is doubt


@given(st.lists(st.floats(0, 0.2499), max_size=60))
def test_no_flood_ever_begins_below_the_limit(values: list[float]) -> None:
    assert run(values, every_seconds=1, policy=FAST)[1] == []


@given(st.lists(shares, max_size=60))
def test_began_and_ended_alternate(values: list[float]) -> None:
    _, changes = run(values)
    states = [change.state for change in changes if change.state != "updated"]
    assert states == [("began", "ended")[number % 2] for number in range(len(states))]


@given(st.lists(st.floats(0.1201, 0.2499), max_size=60), st.booleans())
def test_nothing_ever_begins_or_ends_inside_the_band(values: list[float], was_flooded: bool) -> None:
    start = [0.24 if not was_flooded else 0.3] * 5
    _, changes = run(start + values)
    assert [change.state for change in changes if change.state != "updated"] == ["began"] * was_flooded


@given(st.lists(st.floats(0, 0.2), min_size=5, max_size=40), st.data())
def test_the_median_kills_single_outliers(values: list[float], data: st.DataObject) -> None:
    values[data.draw(st.integers(0, len(values) - 1))] = 1.0
    assert run(values)[1] == []


def test_the_policys_own_values() -> None:
    policy = FloodPolicy()
    assert (policy.flooded_share, policy.clear_share, policy.severe_share) == (0.25, 0.12, 0.6)
    assert (policy.window_seconds, policy.min_samples, policy.update_share) == (20, 3, 0.15)
    assert (policy.sure_share, policy.trace_share, policy.sure_seconds, policy.sure_samples) == (0.4, 0.06, 5, 4)
    assert (policy.fast_seconds, policy.steady_samples) == (3, 3)


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.25, "minor"), (0.42, "minor"), (0.425, "moderate"), (0.599, "moderate"), (0.6, "severe"), (1.0, "severe")],
)
def test_severity_of(share: float, expected: str) -> None:
    assert severity(share, FloodPolicy(flooded_share=0.25, severe_share=0.6)) == expected


@pytest.mark.parametrize(
    ("flooded", "clear"), [(0.2, 0.2), (0.1, 0.2), (1.1, 0.2), (0.2, -0.1)], ids=["no band", "upside down", ">1", "<0"]
)
def test_shares_that_leave_no_band_are_refused(flooded: float, clear: float) -> None:
    with pytest.raises(ValueError, match=r"^expected 0 <= clear_share < flooded_share <= 1, got FloodPolicy"):
        FloodPolicy(flooded_share=flooded, clear_share=clear)


def test_a_repeated_flood_event_reports_the_current_share_and_measures_change_from_there() -> None:
    watch, _ = run([0.3] * 3 + [0.4] * 5)
    watch, change = repeat_update(watch, at=AT + timedelta(seconds=40))
    assert (change.state, change.share, watch.reported_share) == ("updated", 0.4, 0.4)
    assert change.share_per_minute == pytest.approx(0.0, abs=0.5)
    _, change_after = step(watch, 0.5, at=AT + timedelta(seconds=45), policy=POLICY)
    assert change_after is None
