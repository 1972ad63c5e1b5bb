"""The factors of the band: what they promise on the scores seen, and how they follow a river that changes."""

from __future__ import annotations

import numpy as np
import pytest

from siaga_cloud.forecast.learning.bands import MOST_MOVING, MOST_SCORES, PROMISE, STRETCHES, Calibration
from siaga_cloud.forecast.learning.series import Array


def scores(count: int, *, seed: int = 1, moved_share: float = 0.0, moved_times: float = 1.0) -> Array:
    chance = np.random.default_rng(seed)
    moved = chance.random(count) < moved_share
    size = chance.uniform(1.0, 10.0, count)
    return np.stack([size * chance.exponential(1.0, count) * np.where(moved, moved_times, 1.0), size, moved], axis=1)


def calibrated(rows: Array) -> Calibration:
    made = Calibration()
    made.add(rows)
    made.refresh()
    return made


def held_share(made: Calibration, rows: Array) -> float:
    return float(np.mean([error <= made.half_width(size) for error, size, _ in rows]))


def test_before_there_are_enough_scores_there_is_no_factor() -> None:
    assert np.isnan(calibrated(scores(59)).half_width(5.0))


def test_nine_of_ten_further_scores_are_held() -> None:
    assert held_share(calibrated(scores(1000)), scores(4000, seed=2)) == pytest.approx(PROMISE, abs=0.025)


def test_moments_that_moved_are_held_nearly_as_often_and_not_all_are() -> None:
    made, later = (scores(1400, seed=seed, moved_share=0.1, moved_times=1.6) for seed in (1, 2))
    found = calibrated(made)
    assert (found.moving_weight, found.power) != (1.0, 1.0)
    assert held_share(found, later[later[:, 2] > 0]) > 0.8
    assert held_share(found, later) < 0.96


def test_where_large_errors_are_those_of_water_that_moved_the_band_gives_them_more_room() -> None:
    rows = scores(1400)
    rows[:, 2] = rows[:, 1] > 8.5
    rows[:, 0] *= np.where(rows[:, 2] > 0, 3.0, 1.0)
    found = calibrated(rows)
    assert found.power > 1
    assert held_share(found, rows[rows[:, 2] > 0]) > 0.85
    assert held_share(found, rows) < 0.94


@pytest.mark.parametrize(("score", "is_wider"), [(100.0, True), (0.0, False)])
def test_misses_widen_the_band_and_hits_narrow_it(score: float, is_wider: bool) -> None:
    made = calibrated(scores(1000))
    before = made.half_width(5.0)
    for _ in range(10):
        made.learn(score, 5.0, moved=False)
    assert (made.half_width(5.0) > before) is is_wider
    assert STRETCHES[0] <= made.stretch <= STRETCHES[1]


def test_what_is_remembered_is_bounded() -> None:
    made = calibrated(scores(10 * MOST_SCORES, moved_share=0.2))
    assert (len(made.scores), len(made.moving)) == (MOST_SCORES, MOST_MOVING)
