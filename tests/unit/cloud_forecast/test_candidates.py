"""Which model forecasts a gauge: the learnt one only where the history is long and it was the better one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.unit.cloud_forecast.test_learning import LAG as LAG_STEPS
from tests.unit.cloud_forecast.test_learning import river

from siaga_cloud.forecast import candidates
from siaga_cloud.forecast.inputs.surroundings import Surroundings, unknown
from siaga_cloud.forecast.learning.learned import of_bytes
from siaga_cloud.forecast.store import LearnedModel
from siaga_core.rules.forecast import Design, Model, Upstream
from siaga_core.rules.forecast_fit import fit

STEP = timedelta(hours=1)
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
LAG = timedelta(hours=5).total_seconds()
Levels = dict[str, list[float | None]]


def levels(*, days: int) -> Levels:
    made = river(hours=24 * days)
    return {"here": [float(level) for level in made.level_cm], "above": [float(at) for at in made.upstream["above"]]}


def linear(made: Levels, *, lag_seconds: float = LAG) -> Model:
    design = Design(
        gauge_id="here",
        upstream=(Upstream(gauge_id="above", lag_seconds=lag_seconds),),
        horizons_seconds=(3600.0, 3 * 3600.0),
        step_seconds=STEP.total_seconds(),
    )
    return fit(design, [made])[0]


def learnt(made: Levels, model: Model) -> LearnedModel | None:
    return candidates.learnt(made, model, {"above": LAG}, began_at=BEGAN, step=STEP)


@pytest.fixture(autouse=True)
def horizons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two instead of eight, as each takes its time."""
    monkeypatch.setattr(candidates, "HORIZONS_HOURS", (1.0, 3.0))


@pytest.fixture(scope="module")
def long() -> Levels:
    return levels(days=22)


def test_where_it_was_the_better_one_it_is_stored_with_its_skill_and_forecasts(long: Levels) -> None:
    blind = linear({"here": long["here"], "above": [100.0] * len(long["above"])})
    found = learnt(long, blind)
    assert found is not None
    assert [one.horizon_seconds / 3600 for one in found.horizons] == list(candidates.HORIZONS_HOURS)
    assert found.horizons[1].skill > 0.2
    at = BEGAN + STEP * len(long["here"])
    points = candidates.points(of_bytes(found.model), long, "here", at=at, step=STEP)
    assert [(one.at - at) / timedelta(hours=1) for one in points] == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert all(one.low_cm <= one.level_cm <= one.high_cm for one in points)


def test_a_short_history_teaches_nothing() -> None:
    made = levels(days=22)
    assert learnt({name: series[: 24 * 13] for name, series in made.items()}, linear(made)) is None


def test_where_the_linear_model_was_the_better_one_nothing_is_learnt(
    long: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "_rival_errors", lambda *_, **__: dict.fromkeys(candidates.HORIZONS_HOURS, 0.1))
    assert learnt(long, linear(long)) is None


def of_rain(long: Levels) -> list[float | None]:
    """The rain that the level of `here` shows five hours later, in mm an hour."""
    level = np.array(long["here"][LAG_STEPS:] + [200.0] * LAG_STEPS, dtype=float)
    return [float(one) for one in np.clip(np.diff(level, prepend=level[0]), 0, None)]


def test_rain_that_foretells_the_level_is_learnt_and_rain_that_never_falls_is_not(long: Levels) -> None:
    blind: Levels = {"here": long["here"], "above": [100.0] * len(long["above"])}
    model = linear(blind)
    plain = learnt(blind, model)
    assert plain is not None

    def with_rain(rain: list[float | None]) -> LearnedModel | None:
        around = Surroundings(rain={"citeko": rain})
        return candidates.learnt(blind, model, {"above": LAG}, began_at=BEGAN, step=STEP, around=around, without=plain)

    rain = of_rain(long)
    found = with_rain(rain)
    assert found is not None
    assert found.horizons[1].rms_error_cm < 0.8 * plain.horizons[1].rms_error_cm
    assert with_rain([0.0] * len(rain)) is None

    stored = of_bytes(found.model)
    assert (stored.places, stored.rain, stored.tide) == (("above",), ("citeko",), ())
    at = BEGAN + STEP * len(rain)
    around = Surroundings(rain={"citeko": [*rain[:-3], 60.0, 60.0, 60.0]})
    wet = candidates.points(stored, blind, "here", at=at, step=STEP, around=around)
    dry = candidates.points(stored, blind, "here", at=at, step=STEP, around=Surroundings(rain={"citeko": rain}))
    assert wet[-1].level_cm > dry[-1].level_cm + 20


def test_what_is_silent_for_two_hours_is_unknown() -> None:
    around = Surroundings(
        rain={"silent": [1.0, 0.0, None, None], "hourly": [1.0, 0.0, 0.0, None]}, tide={"sea": [None, None, None, 90.0]}
    )
    assert list(unknown(around, step=timedelta(hours=1))) == ["silent"]
    assert list(unknown(around, step=timedelta(minutes=30))) == []
