"""The forecast that learns: on rivers whose truth is known, and by its promises about what it may use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siaga_cloud.forecast.learning.inputs import Ground, longest_lag
from siaga_cloud.forecast.learning.judging import HorizonErrors, judge, lags_of
from siaga_cloud.forecast.learning.lags import lag_hours
from siaga_cloud.forecast.learning.series import Array, River, held, lagged, mean_of_last, median_of_last
from siaga_cloud.forecast.learning.walking import Course, Walk, walk

LAG = 5


def river(*, hours: int = 24 * 60, seed: int = 1, noise_cm: float = 1.0) -> River:
    """A gauge that shows, five hours later, the smoothed waves of one upstream."""
    chance = np.random.default_rng(seed)
    rain = np.where(chance.random(hours) < 0.02, chance.gamma(2.0, 40.0, hours), 0.0)
    wave = np.convolve(rain, np.exp(-np.arange(48) / 8.0))[:hours]
    down = np.convolve(np.concatenate([np.zeros(LAG), wave[:-LAG]]), np.full(3, 1 / 3))[:hours]
    return River(
        step_seconds=3600,
        began_at=1.7e9,
        level_cm=200 + down + chance.normal(0, noise_cm, hours),
        upstream={"above": 100 + wave + chance.normal(0, noise_cm, hours)},
    )


def walked(made: River, *, fit_until: int, horizon_hours: float = 3, lag_hours: float = 1.0) -> Walk:
    ground = Ground.of(made, {"above": lag_hours}, until=fit_until)
    return walk(Course.of(made, ground, until=fit_until), horizon_hours=horizon_hours)[0]


@pytest.fixture(scope="module")
def errors() -> HorizonErrors:
    made = river()
    return next(judge(made, fit_until=24 * 40, horizons_hours=(LAG,), lags_hours={"above": LAG}))


def test_water_that_comes_down_is_foreseen(errors: HorizonErrors) -> None:
    assert errors.all.rms_cm is not None
    assert errors.all.persistence_rms_cm is not None
    assert errors.all.n > 24 * 15
    assert errors.all.rms_cm < 0.4 * errors.all.persistence_rms_cm


def test_the_band_holds_what_it_promises_also_while_the_water_moves(errors: HorizonErrors) -> None:
    assert errors.all.coverage is not None
    assert errors.moving.coverage is not None
    assert errors.all.coverage > 0.86
    assert errors.moving.n > 20
    assert errors.moving.coverage > 0.8


@pytest.mark.parametrize("lag_hours", [1.0, 5.0])
def test_a_forecast_uses_nothing_that_came_after_it(lag_hours: float) -> None:
    """With a lag shorter than the horizon, and with a longer one."""
    made, cut = river(hours=24 * 30), 24 * 25
    later = np.where(np.arange(len(made.level_cm)) > cut, made.level_cm + 500.0, made.level_cm)
    changed = replace(made, level_cm=later, upstream={"above": later})
    untouched = replace(made, upstream={"above": made.level_cm})
    before, after = (walked(one, fit_until=24 * 15, lag_hours=lag_hours) for one in (untouched, changed))
    for name in ("level_cm", "low_cm", "high_cm"):
        np.testing.assert_array_equal(getattr(before, name)[: cut + 1], getattr(after, name)[: cut + 1])
    assert not np.allclose(before.level_cm[cut + 1 :], after.level_cm[cut + 1 :], equal_nan=True)


def test_where_upstream_shows_nothing_it_hardly_errs_more_than_an_unchanged_level() -> None:
    chance = np.random.default_rng(5)
    own, above = np.cumsum(chance.normal(0, 3.0, (2, 24 * 90)), axis=1)
    made = River(step_seconds=3600, began_at=1.7e9, level_cm=300 + own, upstream={"above": 100 + above})
    (found,) = judge(made, fit_until=24 * 60, horizons_hours=(3,), lags_hours={"above": LAG})
    assert found.all.rms_cm is not None
    assert found.all.persistence_rms_cm is not None
    assert found.all.rms_cm < 1.05 * found.all.persistence_rms_cm


def test_where_a_level_is_not_known_for_long_there_is_no_forecast() -> None:
    made = river(hours=24 * 30)
    gap = slice(24 * 20, 24 * 21)
    made.level_cm[gap] = np.nan
    found = walked(made, fit_until=24 * 15)
    assert np.isnan(found.level_cm[24 * 20 + 6 : 24 * 21]).all()
    assert not np.isnan(found.level_cm[24 * 19])


def test_the_lag_is_the_one_of_the_river_and_none_where_there_is_none() -> None:
    made = river(noise_cm=3.0)
    lag = lags_of(made, until=len(made.level_cm))["above"]
    assert lag == pytest.approx(LAG + 1, abs=1)
    noise: Array = np.random.default_rng(3).normal(0, 1, len(made.level_cm))
    assert lag_hours(noise, made.level_cm, step_seconds=3600, longest_hours=24) is None


@pytest.mark.parametrize(("lags", "expected"), [([], 12.0), ([None], 12.0), ([None, 10.0, 2.0], 17.0)])
def test_upstream_is_looked_at_past_its_lag(lags: list[float | None], expected: float) -> None:
    assert longest_lag(lags) == expected


def test_gaps_are_held_for_a_while_and_not_longer() -> None:
    series = np.array([np.nan, 1.0, np.nan, np.nan, np.nan, 2.0])
    np.testing.assert_array_equal(held(series, longest=2), [np.nan, 1.0, 1.0, 1.0, np.nan, 2.0])


def test_a_single_wrong_reading_does_not_move_the_median() -> None:
    np.testing.assert_array_equal(median_of_last(np.array([5.0, 5.0, 99.0, 6.0]), 3), [np.nan, np.nan, 5.0, 6.0])


def test_means_are_of_what_is_known() -> None:
    series = np.array([np.nan, 2.0, np.nan, 4.0])
    np.testing.assert_array_equal(mean_of_last(series, 3), [np.nan, 2.0, 2.0, 3.0])


def test_the_past_of_a_series_begins_with_nothing() -> None:
    np.testing.assert_array_equal(lagged(np.array([1.0, 2.0]), 1), [np.nan, 1.0])
    np.testing.assert_array_equal(lagged(np.array([1.0, 2.0]), 0), [1.0, 2.0])
