"""Learns a gauge's forecast from its history, and forecasts by it, where it was better than the linear model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from siaga_cloud.forecast.inputs.surroundings import NOTHING, Surroundings
from siaga_cloud.forecast.learning.judging import HorizonErrors
from siaga_cloud.forecast.learning.learned import LearntState, every_half_hour, learn, levels_ahead, of_bytes, to_bytes
from siaga_cloud.forecast.learning.series import Array, River
from siaga_cloud.forecast.store import HorizonSkill, LearnedModel
from siaga_core.rules.forecast import ForecastPoint, Model, Series, bridged, forecast

HORIZONS_HOURS = (0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 9.0, 12.0)
MIN_HISTORY = timedelta(days=14)
JUDGED = timedelta(days=60)
RIVAL_LOOK_BACK = timedelta(hours=16)
GAP_STEPS = 3


def learnt(
    levels: Mapping[str, Series],
    linear: Model,
    lags_seconds: Mapping[str, float | None],
    *,
    began_at: datetime,
    step: timedelta,
    around: Surroundings = NOTHING,
    without: LearnedModel | None = None,
) -> LearnedModel | None:
    """Learn from the levels of a gauge and those upstream on one grid, and from rain and tide `around`.

    None where it forecasts no better than the model that was learnt `without` rain and tide, or else than `linear`.
    They are compared on the newest part of the history, which a learnt model had not seen when it forecast it.
    """
    gauge_id = linear.design.gauge_id
    length = len(levels[gauge_id])
    if length * step < MIN_HISTORY:
        return None
    since = max(length // 2, length - int(JUDGED / step))
    learned, errors = learn(
        _river(levels, around, gauge_id, began_at=began_at, step=step),
        lags_hours={name: None if lag is None else lag / 3600 for name, lag in lags_seconds.items()},
        horizons_hours=HORIZONS_HOURS,
        judged_from=since,
    )
    if learned is None:
        return None
    rival_cm = _errors_of(without) if without else _rival_errors(linear, levels, since=since, step=step)
    if not _is_better(errors, rival_cm):
        return None
    return LearnedModel(model=to_bytes(learned), horizons=tuple(_skills(errors)))


def points(
    stored: LearntState,
    levels: Mapping[str, Series],
    gauge_id: str,
    *,
    at: datetime,
    step: timedelta,
    around: Surroundings = NOTHING,
) -> list[ForecastPoint]:
    """The levels ahead of `at`, the end of the grid, every half hour; none where one is not known."""
    length = len(levels[gauge_id])
    river = _river(levels, around, gauge_id, began_at=at - length * step, step=step)
    found = levels_ahead(stored, river)
    return [
        ForecastPoint(at=at + timedelta(hours=one.hours), level_cm=one.level_cm, low_cm=one.low_cm, high_cm=one.high_cm)
        for one in (every_half_hour(found) if found else ())
    ]


def stored_model(stored: bytes) -> LearntState:
    """The model of stored bytes; raises `UnknownFormatError`."""
    return of_bytes(stored)


def _river(
    levels: Mapping[str, Series], around: Surroundings, gauge_id: str, *, began_at: datetime, step: timedelta
) -> River:
    series = _arrays(levels)
    return River(
        step_seconds=step.total_seconds(),
        began_at=began_at.timestamp(),
        level_cm=series[gauge_id],
        upstream={name: values for name, values in series.items() if name != gauge_id},
        tide=_arrays(around.tide),
        rain=_arrays(around.rain),
    )


def _arrays(series: Mapping[str, Series]) -> dict[str, Array]:
    return {name: np.array(values, dtype=np.float64) for name, values in sorted(series.items())}


def _errors_of(learned: LearnedModel) -> dict[float, float]:
    return {one.horizon_seconds / 3600: one.rms_error_cm for one in learned.horizons}


def _skills(errors: Iterable[HorizonErrors]) -> Iterator[HorizonSkill]:
    for one in errors:
        rms, persistence = one.all.rms_cm, one.all.persistence_rms_cm
        if rms is not None and persistence is not None:
            yield HorizonSkill(
                horizon_seconds=one.hours * 3600,
                rms_error_cm=rms,
                skill=1 - rms / persistence if persistence else 0.0,
            )


def _is_better(errors: Sequence[HorizonErrors], rival_cm: Mapping[float, float]) -> bool:
    """Over all horizons that both have, by the mean of the logarithm of the ratio of their errors."""
    ratios = [
        math.log(max(one.all.rms_cm, 1e-3) / max(rival_cm[one.hours], 1e-3))
        for one in errors
        if one.all.rms_cm is not None and one.hours in rival_cm
    ]
    return bool(ratios) and sum(ratios) < 0


def _rival_errors(model: Model, levels: Mapping[str, Series], *, since: int, step: timedelta) -> dict[float, float]:
    """The rms error of the linear model by hours ahead, in cm, hour by hour from a place of the grid on."""
    known = {name: bridged(levels[name], longest=GAP_STEPS) for name in model.uses}
    own = levels[model.design.gauge_id]
    squares: dict[float, list[float]] = {}
    per_hour, look_back = max(1, int(timedelta(hours=1) / step)), int(RIVAL_LOOK_BACK / step)
    start = datetime.fromtimestamp(0).astimezone()
    for end in range(max(since, look_back), len(own), per_hour):
        window = {name: series[end - look_back : end] for name, series in known.items()}
        for point in forecast(model, window, at=start):
            place = end - 1 + int((point.at - start) / step)
            came = own[place] if place < len(own) else None
            if came is not None:
                squares.setdefault((point.at - start) / timedelta(hours=1), []).append((point.level_cm - came) ** 2)
    return {hours: math.sqrt(sum(held) / len(held)) for hours, held in squares.items()}
