"""How often a camera is right about a hazard, and how often it notices one: shares with their counts and intervals.

Precision: of the judged events of a camera, those that people confirmed. Recall: of the judged frames that show the
hazard, those at which the camera had an event of it. A share of fewer than `min_judged` is not known yet.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from siaga_core.rules.tuning import wilson

_HASH_RANGE: Final = 2**64
_HASH_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyPolicy:
    """`sample_share`: of events and frames that operators are asked to judge, at most `most_a_day`.

    A camera whose precision is known to be below `precision_floor` creates no tasks by itself. Verdicts count for
    `window`.
    """

    sample_share: float = 0.005
    most_a_day: int = 50
    min_judged: int = 20
    precision_floor: float = 0.5
    window: timedelta = timedelta(days=90)

    def __post_init__(self) -> None:
        if not (0 <= self.sample_share <= 1 and 0 <= self.precision_floor <= 1):
            raise ValueError(f"expected shares from 0 to 1, got {self.sample_share} and {self.precision_floor}")
        if self.most_a_day < 0 or self.min_judged < 1 or self.window <= timedelta(0):
            raise ValueError(f"expected a bound, a minimum above 0 and a window, got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of how many, with the 95 % interval of the share (Wilson)."""

    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """The lowest and the highest share that fits the count."""
        return wilson(self.count, self.of)

    def share(self, policy: AccuracyPolicy) -> float | None:
        """The share, None while too little was judged."""
        return self.count / self.of if self.of >= policy.min_judged else None


def is_sampled(secret: bytes, key: str, share: float) -> bool:
    """Whether the holder of the secret draws this key; nobody else can foresee it."""
    digest = hmac.new(secret, key.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:_HASH_BYTES], "big") < share * _HASH_RANGE


def is_suspended(was_suspended: bool, precision: Rate, policy: AccuracyPolicy) -> bool:
    """Whether a camera creates no tasks by itself: its whole interval lies below the floor.

    It recovers when its interval reaches the floor again; too few verdicts are no recovery.
    """
    if precision.share(policy) is None:
        return was_suspended
    return precision.interval[1] < policy.precision_floor
