"""Whether what a staff showed is a level that can be reported, or why not. Pure; never a guess, never zero.

The uncertainty is for 95 %: the waterline's own, how well the calibration fits, how far halves of the frames differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, isfinite

from siaga_edge.gauge.staff_scale import StaffScale

WEAK, ABOVE, BELOW = "weak_signal", "above_range", "below_range"
UNCERTAIN = "uncertain"
_LIKELY = 0.5
_WIDE = 2.0  # standard deviations of what is given as one
_PIXELS = 0.3  # to which a level can be read, whatever the waterline says
_BEYOND_SHARE = 0.03  # of the calibrated span, that the map is good for past its last points
_DOUBTFUL_SHARE = 0.6  # of the most uncertainty that is allowed
_DECIMALS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffObservation:
    """A waterline as it was found: its level, uncertainty (95 %), and the chances of none above or below the staff."""

    level_cm: float
    uncertainty_cm: float
    above: float = 0.0
    below: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReading:
    """`level_cm` None is a refusal, whose reason is the first flag."""

    level_cm: float | None
    uncertainty_cm: float | None
    flags: tuple[str, ...] = ()
    frames: int = 0


def refused(reason: str, *, frames: int = 0) -> StaffReading:
    """Return a reading without a level, and the reason."""
    return StaffReading(level_cm=None, uncertainty_cm=None, flags=(reason,), frames=frames)


def reading(
    seen: StaffObservation,
    halves: Sequence[StaffObservation] = (),
    *,
    scale: StaffScale,
    pixel_cm: float,
    shift_cm: float = 0.0,
    max_uncertainty_cm: float,
    frames: int,
) -> StaffReading:
    """A level with its uncertainty, or a refusal. `shift_cm` is how far the view may have been moved unnoticed."""
    uncertainty = _uncertainty(seen, halves, scale, pixel_cm, shift_cm)
    if seen.above > _LIKELY:
        return refused(ABOVE, frames=frames)
    if seen.below > _LIKELY:
        return refused(BELOW, frames=frames)
    if not isfinite(uncertainty) or uncertainty > max_uncertainty_cm:
        return refused(WEAK, frames=frames)
    low, high = scale.span_cm
    slack = _BEYOND_SHARE * (high - low)
    if seen.level_cm > high + slack:
        return refused(ABOVE, frames=frames)
    if seen.level_cm < low - slack:
        return refused(BELOW, frames=frames)
    return StaffReading(
        level_cm=round(seen.level_cm, _DECIMALS),
        uncertainty_cm=round(uncertainty, _DECIMALS),
        flags=(UNCERTAIN,) if uncertainty > _DOUBTFUL_SHARE * max_uncertainty_cm else (),
        frames=frames,
    )


def _uncertainty(
    seen: StaffObservation, halves: Sequence[StaffObservation], scale: StaffScale, pixel_cm: float, shift_cm: float
) -> float:
    apart = max((abs(half.level_cm - seen.level_cm) for half in halves), default=0.0)
    return hypot(seen.uncertainty_cm, apart, _WIDE * scale.residual_cm, _WIDE * _PIXELS * pixel_cm, shift_cm)
