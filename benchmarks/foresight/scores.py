"""What a forecast is measured by, and the simpler forecasts that it is compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from siaga_cloud.forecast.learning.bands import MOVING_CM
from siaga_cloud.forecast.learning.series import Array, River, held, lagged
from siaga_cloud.forecast.learning.walking import Walk

BAND_SPREADS = 1.6449  # half of a 90 % band of a normal distribution, in its standard deviations
CREST_HOURS = 12
LEADS_HOURS = (3, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The errors at one horizon. The CRPS of a single level, as the simpler forecasts give, is its mean error."""

    hours: float
    n: int
    moving_n: int
    rms_cm: float
    persistence_rms_cm: float
    fixed_lag_rms_cm: float | None
    crps_cm: float
    persistence_crps_cm: float
    fixed_lag_crps_cm: float | None
    coverage: float
    moving_coverage: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrestScore:
    """How far off the time of crests was, forecast some hours before; `n` of `crests` were forecast to come at all."""

    lead_hours: int
    crests: int
    n: int
    median_error_hours: float | None


def score(walk: Walk, fixed_lag_cm: Array | None, *, since: int) -> Score:
    """Of the forecasts made from place `since` on, where all that is compared is known."""
    change = walk.came_cm - walk.now_cm
    known = ~np.isnan(walk.came_cm - walk.level_cm + change + walk.low_cm)
    if fixed_lag_cm is not None:
        known &= ~np.isnan(fixed_lag_cm)
    known[:since] = False
    came, level = walk.came_cm[known], walk.level_cm[known]
    inside = (walk.low_cm[known] <= came) & (came <= walk.high_cm[known])
    moving = np.abs(change[known]) >= MOVING_CM
    rival = came - fixed_lag_cm[known] if fixed_lag_cm is not None else None
    spread = np.maximum((walk.high_cm[known] - level) / BAND_SPREADS, 1e-3)
    return Score(
        hours=walk.horizon_hours,
        n=int(known.sum()),
        moving_n=int(moving.sum()),
        rms_cm=_rms(came - level),
        persistence_rms_cm=_rms(change[known]),
        fixed_lag_rms_cm=None if rival is None else _rms(rival),
        crps_cm=float(np.mean(normal_crps((came - level) / spread) * spread)),
        persistence_crps_cm=float(np.mean(np.abs(change[known]))),
        fixed_lag_crps_cm=None if rival is None else float(np.mean(np.abs(rival))),
        coverage=float(np.mean(inside)),
        moving_coverage=float(np.mean(inside[moving])) if moving.any() else None,
    )


def normal_crps(errors: Array) -> Array:
    """The continuous ranked probability score of a standard normal forecast, for errors in standard deviations."""
    density = np.exp(-(errors**2) / 2) / math.sqrt(2 * math.pi)
    found: Array = errors * (2 * ndtr(errors) - 1) + 2 * density - 1 / math.sqrt(math.pi)
    return found


def _rms(errors: Array) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def fixed_lag(river: River, lags: Mapping[str, float | None], *, horizon_hours: float, until: int) -> Array | None:
    """The level now and the change of the nearest place upstream with a lag, times the response learnt before `until`.

    What that place has not done yet at the moment of the forecast, it is taken not to do.
    """
    name, lag = min(((name, lag) for name, lag in lags.items() if lag), key=lambda one: one[1], default=("", 0.0))
    if not name:
        return None
    upstream = held(river.upstream[name], longest=river.steps(3))
    lag_steps, horizon = river.steps(lag), river.steps(horizon_hours)
    change = lagged(upstream, max(0, lag_steps - horizon)) - lagged(upstream, lag_steps)
    came = lagged(river.level_cm[::-1], horizon)[::-1] - river.level_cm
    known = ~np.isnan(change[:until] + came[:until])
    known[-horizon:] = False
    squares = float(change[:until][known] @ change[:until][known])
    response = float(change[:until][known] @ came[:until][known]) / squares if squares else 0.0
    found: Array = river.level_cm + response * change
    return found


def crests(walks: Sequence[Walk], true_cm: Array, *, since: int, steps_per_hour: int) -> list[CrestScore]:
    """By forecasts of each hour ahead, in order: when the highest of them comes, against when the crest came."""
    levels = np.stack([walk.level_cm for walk in walks], axis=1)
    found = []
    for lead in LEADS_HOURS:
        places = [
            place for place in crest_places(true_cm, steps_per_hour=steps_per_hour) if place - since > CREST_HOURS
        ]
        errors = [
            abs(int(np.argmax(ahead)) + 1 - lead)
            for place in places
            if not np.isnan(ahead := levels[place - lead * steps_per_hour]).any()
            and ahead.max() > true_cm[place - lead * steps_per_hour]
        ]
        found.append(
            CrestScore(
                lead_hours=lead,
                crests=len(places),
                n=len(errors),
                median_error_hours=float(np.median(errors)) if errors else None,
            )
        )
    return found


def crest_places(level_cm: Array, *, steps_per_hour: int) -> list[int]:
    """The highest level of a day around it, to which it rose by 30 cm or more within half a day."""
    half = CREST_HOURS * steps_per_hour
    found = []
    for place in range(half, len(level_cm) - half):
        around = level_cm[place - half : place + half + 1]
        is_highest = level_cm[place] >= np.nanmax(around) and level_cm[place] > np.nanmax(around[:half])
        if is_highest and level_cm[place] - np.nanmin(around[:half]) >= MOVING_CM:
            found.append(place)
    return found
