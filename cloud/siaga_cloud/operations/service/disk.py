"""Predicts when the disk is full from given sizes and rates; the functions are pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HORIZON_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Represents what grows by an amount each day. `days_to_steady` is when as much is deleted as arrives (None:
    never).
    """

    bytes_a_day: float
    days_to_steady: float | None = None

    def after(self, days: float) -> float:
        """Bytes more than now."""
        grows_for = days if self.days_to_steady is None else min(days, max(0.0, self.days_to_steady))
        return self.bytes_a_day * grows_for


def days_until_full(free_bytes: float, growths: Sequence[Growth]) -> int | None:
    """Whole days that are left; None for more than ten years."""
    for day in range(1, HORIZON_DAYS + 1):
        if sum(growth.after(day) for growth in growths) > free_bytes:
            return day - 1
    return None
