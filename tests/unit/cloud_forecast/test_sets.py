"""The small sets of inputs beside the whole one: what they look at, and how their forecasts are weighed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from siaga_cloud.forecast.learning.inputs import Ground, inputs_of
from siaga_cloud.forecast.learning.regression import Trust
from siaga_cloud.forecast.learning.series import Array, River, lagged
from siaga_cloud.forecast.learning.sets import FEW, LAG, InputSet, sets_of

PLACES = 24 * 10
NEAR, FAR = 4.0, 6.0
CHANCE = np.random.default_rng(1)
RIVER = River(
    step_seconds=3600,
    began_at=1.7e9,
    level_cm=CHANCE.normal(200, 20, PLACES),
    upstream={"far": CHANCE.normal(50, 9, PLACES), "near": CHANCE.normal(90, 9, PLACES)},
)


def found(lags: dict[str, float | None], *, hours: float = 3, river: River = RIVER) -> list[InputSet]:
    ground = Ground.of(river, lags, until=PLACES)
    return sets_of(inputs_of(river, ground), river, ground, horizon_hours=hours)


def change(series: Array, *, newest: int, oldest: int) -> Array:
    return lagged(series, newest) - lagged(series, oldest)


@pytest.mark.parametrize(
    ("hours", "far", "near"),
    [
        (1, (5, 6), (3, 4)),
        (4, (2, 6), (0, 4)),
        (5, (1, 6), (0, 4)),
        (12, (0, 6), (0, 4)),
    ],
)
def test_of_a_lag_is_the_change_that_arrives_until_the_horizon(
    hours: float, far: tuple[int, int], near: tuple[int, int]
) -> None:
    lag = found({"near": NEAR, "far": FAR}, hours=hours)[1]
    expected = [
        change(RIVER.upstream["far"], newest=far[0], oldest=far[1]),
        change(RIVER.upstream["near"], newest=near[0], oldest=near[1]),
    ]
    np.testing.assert_array_equal(lag.values, np.stack(expected, axis=1))
    assert lag.kinds == LAG


@pytest.mark.parametrize(
    ("lags", "widths"),
    [
        ({}, [18]),
        ({"near": None, "far": 0.0}, [18]),
        ({"near": NEAR, "far": None}, [1, 20]),
        ({"near": NEAR, "far": FAR}, [2, 22]),
    ],
)
def test_only_places_with_a_lag_are_looked_at_by_it(lags: dict[str, float | None], widths: list[int]) -> None:
    whole, *small = found(lags)
    assert [one.values.shape[1] for one in small] == widths
    assert small[-1].kinds == FEW
    assert whole.values.shape[1] > max(widths)


def test_lags_follow_the_names_of_places() -> None:
    one, other = found({"near": NEAR, "far": FAR}), found({"far": FAR, "near": NEAR})
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.values, b.values)


def test_where_nothing_came_down_a_lag_adds_nothing() -> None:
    """Its inputs are scaled but not moved, though upstream fell on the whole."""
    falling = replace(RIVER, upstream={"near": RIVER.upstream["near"] - np.arange(PLACES) * 2.0})
    lag, few = found({"near": NEAR}, river=falling)[1:]
    assert np.nanmean(lag.values) < -1
    assert (lag.scaling(PLACES).mean == 0).all()
    assert (few.scaling(PLACES).mean != 0).all()


def test_a_short_silence_upstream_is_bridged_and_a_long_one_is_not_known() -> None:
    silent = np.where(np.arange(PLACES) >= 200, np.nan, RIVER.upstream["near"])
    lag = found({"near": NEAR}, river=replace(RIVER, upstream={"near": silent}))[1].values[:, 0]
    assert np.isfinite(lag[200:213]).all()
    assert np.isnan(lag[213:]).all()


def test_forecasts_that_err_alike_count_alike_and_unchanged_is_one_of_them() -> None:
    alike = Trust(losses=np.full(5, 8.0), count=4.0)
    np.testing.assert_allclose(alike.weights, 0.2)
    worse = Trust(losses=np.array([8.0, 8.0, 8.0, 8.0, 16.0]), count=4.0)
    assert worse.weights[-1] < 0.01 < worse.weights[0]
