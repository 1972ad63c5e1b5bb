"""A learnt model, stored and carried on: it forecasts as the walk does that it came from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.cloud_forecast.test_learning import river

from siaga_cloud.forecast.learning.inputs import Ground
from siaga_cloud.forecast.learning.learned import (
    FORMAT,
    LearntState,
    LevelAhead,
    UnknownFormatError,
    every_half_hour,
    learn,
    levels_ahead,
    of_bytes,
    to_bytes,
)
from siaga_cloud.forecast.learning.series import River
from siaga_cloud.forecast.learning.walking import Course, walk

FITTED, LATER = 24 * 40, 9  # hours: where the fit ended, and how many passed until the forecast
HORIZONS = (1.0, 5.0)


def cut(made: River, start: int, end: int) -> River:
    return replace(
        made,
        began_at=made.began_at + start * made.step_seconds,
        level_cm=made.level_cm[start:end],
        upstream={name: series[start:end] for name, series in made.upstream.items()},
    )


@pytest.fixture(scope="module")
def made() -> River:
    return river(hours=24 * 45)


@pytest.fixture(scope="module")
def learned(made: River) -> LearntState:
    found, errors = learn(
        cut(made, 0, FITTED), lags_hours={"above": 5.0}, horizons_hours=HORIZONS, judged_from=FITTED // 2
    )
    assert found is not None
    assert [one.hours for one in errors] == list(HORIZONS)
    return found


def window(made: River, learned: LearntState) -> River:
    """What is read to forecast from: no more than the model states."""
    return cut(made, FITTED - int(learned.look_back_hours), FITTED + LATER)


def test_it_forecasts_as_the_walk_through_the_whole_record_does(made: River, learned: LearntState) -> None:
    found = levels_ahead(learned, window(made, learned))
    ground = Ground.of(made, {"above": 5.0}, until=FITTED)
    course = replace(
        Course.of(cut(made, 0, FITTED + LATER), ground, until=FITTED),
        often_from=0,
    )
    for one in found:
        walked, _ = walk(course, horizon_hours=one.hours)
        assert one.level_cm == pytest.approx(walked.level_cm[-1], abs=0.5)
        assert one.low_cm <= one.level_cm <= one.high_cm
        assert one.high_cm - one.low_cm == pytest.approx(walked.high_cm[-1] - walked.low_cm[-1], rel=0.3)


def test_a_wave_that_passed_upstream_is_in_the_forecast(made: River, learned: LearntState) -> None:
    """Where the level changes most within five hours, most of the change is foreseen."""
    change = np.abs(made.level_cm[FITTED + 5 :] - made.level_cm[FITTED:-5])
    place = FITTED + int(np.argmax(change))
    start = place - int(learned.look_back_hours) - 24
    (found,) = (one for one in levels_ahead(learned, cut(made, start, place + 1)) if one.hours == 5)
    assert abs(found.level_cm - made.level_cm[place + 5]) < 0.5 * change.max()


def test_stored_and_read_again_it_forecasts_the_same(made: River, learned: LearntState) -> None:
    again = of_bytes(to_bytes(learned))
    assert levels_ahead(again, window(made, learned)) == levels_ahead(learned, window(made, learned))


def test_a_forecast_right_after_the_fit_needs_nothing_newer(made: River, learned: LearntState) -> None:
    found = levels_ahead(learned, cut(made, FITTED - int(learned.look_back_hours), FITTED))
    assert [one.hours for one in found] == list(HORIZONS)


def test_without_a_level_now_there_is_none(made: River, learned: LearntState) -> None:
    silent = window(made, learned)
    silent = replace(silent, level_cm=np.where(np.arange(len(silent.level_cm)) > 40, np.nan, silent.level_cm))
    assert levels_ahead(learned, silent) == []


def test_a_model_of_the_format_before_is_refused(learned: LearntState, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr("siaga_cloud.forecast.learning.learned.FORMAT", FORMAT - 1)
        stored = to_bytes(learned)
    with pytest.raises(UnknownFormatError, match=f"format {FORMAT - 1}$"):
        of_bytes(stored)


@pytest.mark.parametrize("stored", [b"", b"PK of another", to_bytes])
def test_bytes_of_another_version_or_damaged_are_refused(learned: LearntState, stored: object) -> None:
    data = stored if isinstance(stored, bytes) else to_bytes(learned)[:-200]
    with pytest.raises(UnknownFormatError, match=f"expected a model of format {FORMAT}"):
        of_bytes(data)


def test_a_record_that_is_too_short_teaches_nothing() -> None:
    short = cut(river(hours=24 * 10), 0, 60)
    found, _ = learn(short, lags_hours={"above": 5.0}, horizons_hours=HORIZONS, judged_from=0)
    assert found is None


def test_between_two_horizons_the_level_is_drawn_in_a_straight_line() -> None:
    ends = [
        LevelAhead(hours=1.0, level_cm=100, low_cm=90, high_cm=110),
        LevelAhead(hours=2.0, level_cm=120, low_cm=100, high_cm=150),
    ]
    assert list(every_half_hour(ends)) == [
        ends[0],
        LevelAhead(hours=1.5, level_cm=110, low_cm=95, high_cm=130),
        ends[1],
    ]
