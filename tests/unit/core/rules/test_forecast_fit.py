"""Fitting a forecast: a river that is known is found again."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules import forecast_fit
from siaga_core.rules.forecast import Design, Model, Upstream, predict, to_level
from siaga_core.rules.forecast_fit import TooLittleHistoryError, band_of, fit, lag_seconds
from siaga_core.rules.linear import SingularError, solve

STEP = 600.0
LAG_STEPS = 12  # two hours


def river(seed: int, *, length: int = 400) -> dict[str, list[float | None]]:
    """Waves at `high` that are at `low` two hours later, in flow; `low` has some water of its own."""
    dice = random.Random(seed)
    waves = [(dice.uniform(0, length), dice.uniform(6, 20), dice.uniform(50, 4000)) for _ in range(6)]
    high = [sum(size * math.exp(-(((at - mid) / width) ** 2)) for mid, width, size in waves) for at in range(length)]
    low = [300.0 + (high[at - LAG_STEPS] if at >= LAG_STEPS else 0.0) for at in range(length)]
    return {
        "high": [to_level(flow, 20.0) + dice.gauss(0, 0.2) for flow in high],
        "low": [to_level(flow, 100.0) + dice.gauss(0, 0.2) for flow in low],
    }


DESIGN = Design(
    gauge_id="low", upstream=(Upstream(gauge_id="high", lag_seconds=LAG_STEPS * STEP),), horizons_seconds=(3600, 7200)
)


@pytest.fixture(scope="module")
def models() -> tuple[Model, ...]:
    return fit(DESIGN, [river(seed) for seed in range(6)])


def test_the_lag_is_found() -> None:
    one = river(1)
    assert lag_seconds(one["high"], one["low"], step_seconds=STEP, longest_seconds=6 * 3600) == LAG_STEPS * STEP


@pytest.mark.parametrize(
    ("up", "down"),
    [([1.0] * 50, [1.0] * 50), ([None] * 50, [1.0] * 50), ([], [])],
    ids=["still water", "nothing known", "no history"],
)
def test_no_lag_where_nothing_rises(up: list[float | None], down: list[float | None]) -> None:
    assert lag_seconds(up, down, step_seconds=STEP, longest_seconds=3600) is None


def test_the_first_model_uses_all_the_last_only_the_gauge_itself(models: tuple[Model, ...]) -> None:
    assert [model.uses for model in models] == [{"low", "high"}, {"low"}]
    assert models[0].rows > 1000


def test_upstream_helps_and_beats_staying_as_it_is(models: tuple[Model, ...]) -> None:
    both, alone = models
    for horizon in range(2):
        assert both.horizons[horizon].rms_error_cm < 0.5 * alone.horizons[horizon].rms_error_cm
        assert both.horizons[horizon].skill > 0.8


def test_a_river_without_a_fit_is_reported(models: tuple[Model, ...]) -> None:
    unseen = river(99)
    low = [level or 0.0 for level in unseen["low"]]
    reported = [(at, predict(models[0], unseen, at)) for at in range(60, 380)]
    errors = [abs(found[1][0] - low[at + 12]) for at, found in reported if found]
    inside = [found[1][1] <= low[at + 12] <= found[1][2] for at, found in reported if found]
    assert len(errors) == 320
    assert sorted(errors)[len(errors) // 2] < 3.0
    assert sum(inside) / len(inside) > 0.75


def test_moments_with_gaps_are_left_out(models: tuple[Model, ...]) -> None:
    with_gaps = [river(seed) for seed in range(6)]
    for one in with_gaps:
        one["high"][50] = None
        one["low"][200] = None
    assert 500 < fit(DESIGN, with_gaps)[0].rows < models[0].rows


@pytest.mark.parametrize("length", [0, 20, 60])
def test_too_little_history_is_refused_with_a_count(length: int) -> None:
    with pytest.raises(TooLittleHistoryError, match=r"^got \d+ .*expected"):
        fit(DESIGN, [river(1, length=length)])


def test_a_gauge_that_never_moved_adds_nothing() -> None:
    snapshot: list[dict[str, list[float | None]]] = [{**river(seed), "high": [50.0] * 400} for seed in range(3)]
    both = fit(DESIGN, snapshot)[0]
    assert both.horizons[0].skill == pytest.approx(fit(DESIGN, snapshot)[1].horizons[0].skill, abs=0.05)


def test_water_that_never_moves_has_no_skill_to_show() -> None:
    snapshot = [{"high": [50.0] * 400, "low": [100.0] * 400} for _ in range(3)]
    assert fit(DESIGN, snapshot)[0].horizons[0].skill == 0.0


def test_bands_by_size_of_change() -> None:
    calm = [(1.0, error / 100) for error in range(-50, 51)]
    storm = [(40.0, float(error)) for error in range(-50, 51)]
    first, second = band_of(calm + storm)
    assert (first.up_to_cm, first.low_cm, first.high_cm) == (25.0, -0.45, 0.45)
    assert (second.up_to_cm, second.low_cm, second.high_cm) == (forecast_fit.ANY_CHANGE_CM, -45, 45)


def test_the_few_large_changes_share_a_part_with_smaller_ones() -> None:
    (one,) = band_of([(90.0, 30.0)] * 3 + [(1.0, 0.0)] * 10)
    assert one.up_to_cm == forecast_fit.ANY_CHANGE_CM


@given(st.lists(st.lists(st.floats(-10, 10), min_size=3, max_size=3), min_size=3, max_size=3), st.data())
def test_solved_equations_hold(squares: list[list[float]], data: st.DataObject) -> None:
    for at in range(3):
        squares[at][at] += 40.0  # far from singular
    product = data.draw(st.lists(st.floats(-10, 10), min_size=3, max_size=3))
    (found,) = solve(squares, [product])
    for row, wanted in zip(squares, product, strict=True):
        assert sum(a * x for a, x in zip(row, found, strict=True)) == pytest.approx(wanted, abs=1e-6)


def test_a_pivot_that_is_zero_is_swapped() -> None:
    assert solve([[0.0, 1.0], [2.0, 0.0]], [[3.0, 4.0]]) == [[2.0, 3.0]]


def test_equations_that_add_nothing_new_are_refused() -> None:
    with pytest.raises(SingularError, match="column 1 of 2"):
        solve([[1.0, 1.0], [1.0, 1.0]], [[1.0, 1.0]])


WAVE = [0.0, 0.0, 3.0, 9.0, 12.0, 12.0, 11.0, 10.0, 9.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0]


def later(series: list[float], shift: int) -> list[float | None]:
    return [series[max(0, at - shift)] for at in range(len(series))]


@pytest.mark.parametrize(
    ("shift", "longest_steps", "expected"),
    [(0, 4, 0.0), (1, 4, 1.0), (3, 4, 3.0), (4, 4, 4.0)],
)
def test_the_lag_is_the_shift_at_which_rises_are_most_alike(shift: int, longest_steps: int, expected: float) -> None:
    up: list[float | None] = [*WAVE]
    found = lag_seconds(up, later(WAVE, shift), step_seconds=1800, longest_seconds=longest_steps * 1800)
    assert found == expected * 1800


def test_a_fall_is_no_rise_and_what_is_not_known_is_left_out() -> None:
    up: list[float | None] = [5.0, 4.0, None, 2.0, 9.0, 9.0, None, 9.0]
    assert forecast_fit._rises(up, 1) == [0.0, None, None, 7.0, 0.0, None, None]
    assert forecast_fit._rises(up, 2) == [None, 0.0, None, 7.0, None, 0.0]


@pytest.mark.parametrize(
    ("up", "down", "shift", "expected"),
    [
        ([1.0, 2.0], [3.0, 4.0], 0, 1.0),
        ([1.0, 2.0, 3.0], [9.0, 1.0, 2.0], 1, 1.0),
        ([1.0, 2.0, 4.0], [8.0, 6.0, 2.0], 0, -1.0),
        ([1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 2.0, 4.0], 0, 0.8),
        ([1.0, None, 3.0, 5.0], [2.0, 9.0, 4.0, None], 0, 1.0),
        ([1.0, None], [2.0, 9.0], 0, 0.0),
        ([1.0, 1.0], [2.0, 9.0], 0, 0.0),
        ([1.0, 2.0], [2.0, 2.0], 0, 0.0),
        ([0.1, 0.2], [0.3, 0.4], 0, 1.0),
    ],
)
def test_correlation_is_pearsons(up: list[float | None], down: list[float | None], shift: int, expected: float) -> None:
    assert forecast_fit._correlation(up, down, shift) == pytest.approx(expected)
