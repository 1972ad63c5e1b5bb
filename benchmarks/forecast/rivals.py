"""Simpler ways of telling what comes to Manggarai, for the forecast to be compared with."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.forecast.storms import STEP_MINUTES

PUBLISHED_LAG_STEPS = 6 * 60 // STEP_MINUTES  # Depok -> Manggarai takes 6 h
# A rise at Depok in cm to one at Manggarai: the published spans from Siaga 3 to Siaga 1 stand against one another.
PUBLISHED_RESPONSE = (950 - 750) / (350 - 200)
_SLOPE_STEPS = 60 // STEP_MINUTES

Series = Sequence[float | None]


def persistence(here: Series, at: int, steps: int) -> float | None:
    """It stays as it is."""
    return here[at]


def trend(here: Series, at: int, steps: int) -> float | None:
    """It goes on as in the last hour."""
    now, before = here[at], here[at - _SLOPE_STEPS] if at >= _SLOPE_STEPS else None
    return None if now is None or before is None else now + (now - before) * steps / _SLOPE_STEPS


def published_lag(here: Series, upstream: Series, at: int, steps: int) -> float | None:
    """What Depok did six hours before the time asked about; what it has not done yet, it is taken not to do."""
    start, end = at - PUBLISHED_LAG_STEPS, min(at, at + steps - PUBLISHED_LAG_STEPS)
    now = here[at]
    if start < 0 or now is None:
        return None
    first, last = upstream[start], upstream[end]
    return None if first is None or last is None else now + (last - first) * PUBLISHED_RESPONSE
