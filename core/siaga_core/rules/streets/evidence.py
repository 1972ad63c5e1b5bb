"""What one piece of evidence tells of the depth of water on a street, and how fast it stops telling it.

The errors are standard deviations. They come from simulated floods whose depth is known (docs/street-depth.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

NINE_OF_TEN: Final = 1.645  # standard deviations on either side that hold 90 % of a normal distribution
DEEPEST_CM: Final = 400.0
_MARK_BELOW_WATER_CM: Final = 8.0  # the water lies between the highest mark that it covers and the next one


class EvidenceKind(StrEnum):
    """Who or what tells of the depth."""

    CAMERA = "camera"
    REPORT = "report"
    GAUGE = "gauge"


VALID_FOR: Final = {
    EvidenceKind.CAMERA: timedelta(minutes=45),
    EvidenceKind.REPORT: timedelta(minutes=90),
    EvidenceKind.GAUGE: timedelta(minutes=45),
}
CM_PER_HOUR: Final = 15.0  # by so much the standard error grows with age
CM_PER_METRE: Final = 0.1  # and with the distance from the street


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one source stated of a street. `depth_cm` is None where water was seen and its depth is not known, and 0
    where a camera saw the end of the water.

    `source`: who stated it; of one source the newest piece counts. `is_proven`: it needs nobody to support it.
    """

    kind: EvidenceKind
    source: str
    observed_at: datetime
    depth_cm: float | None
    distance_m: float = 0.0
    is_proven: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """A depth with its standard error, both in cm. The depth can be below zero: so far the water is below the road."""

    depth_cm: float
    error_cm: float

    @property
    def low_cm(self) -> float:
        """The lower end of the interval that holds nine of ten depths."""
        return _within(self.depth_cm - NINE_OF_TEN * self.error_cm)

    @property
    def high_cm(self) -> float:
        """The upper end of the interval that holds nine of ten depths."""
        return _within(self.depth_cm + NINE_OF_TEN * self.error_cm)

    @property
    def shown_cm(self) -> float:
        """The depth itself, not below zero."""
        return _within(self.depth_cm)


def is_valid(one: Evidence, *, now: datetime) -> bool:
    """Return whether a piece of evidence still tells anything; what is dated later than now does not."""
    return timedelta(0) <= now - one.observed_at <= VALID_FOR[one.kind]


def expires_at(one: Evidence) -> datetime:
    """Return until when a piece of evidence tells anything."""
    return one.observed_at + VALID_FOR[one.kind]


def estimate_of(one: Evidence, *, now: datetime) -> Estimate | None:
    """Return what a camera or a person tells now; None where no depth was stated."""
    if one.depth_cm is None:
        return None
    depth, own_error = _reading(one.kind, one.depth_cm)
    return Estimate(
        depth, math.hypot(own_error, aged_cm(now - one.observed_at), CM_PER_METRE * max(0.0, one.distance_m))
    )


def aged_cm(age: timedelta) -> float:
    """Return the error that age alone makes."""
    return CM_PER_HOUR * max(0.0, age.total_seconds()) / 3600


def _reading(kind: EvidenceKind, depth_cm: float) -> tuple[float, float]:
    """A person names a part of the body, so that the error grows with the depth; a camera sees which marks are wet."""
    if kind is EvidenceKind.REPORT:
        return depth_cm, 8.5 + 0.17 * depth_cm
    return (depth_cm + _MARK_BELOW_WATER_CM, 8.6) if depth_cm > 0 else (0.0, 4.0)


def _within(depth_cm: float) -> float:
    return min(max(depth_cm, 0.0), DEEPEST_CM)
