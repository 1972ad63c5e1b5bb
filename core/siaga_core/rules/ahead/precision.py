"""How often the water came that forecasts announced, counted by floods and not by forecasts, and what follows of it.

Forecasts of the same water are made every few minutes and are right or wrong together. Warnings less than `apart` from
the one before are therefore one episode, and its first warning decides, as that is the one that people would get.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from siaga_core.rules.forecast import ForecastPoint


class Threshold(NamedTuple):
    """Names a level at a gauge and how long before it comes people wish to know."""

    gauge_id: str
    level_cm: float
    lead_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWarning:
    """A forecast made in the past that announced a level; `came`: whether the water reached it in time, None where
    nobody measured."""

    made_at: datetime
    came: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """Of how many announced floods the water came."""

    episodes: int
    came: int

    def __post_init__(self) -> None:
        if not 0 <= self.came <= self.episodes:
            raise ValueError(f"expected at most as many that came as episodes, got {self}")

    @property
    def share(self) -> float | None:
        """Return the share that came; None where nothing was announced yet."""
        return self.came / self.episodes if self.episodes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadPolicy:
    """`least_precision` of at least `least_episodes` floods is needed to warn ahead; `late_by`: how late the water may
    come after the announced time to count as announced."""

    least_precision: float = 0.7
    least_episodes: int = 5
    apart: timedelta = timedelta(hours=6)
    late_by: timedelta = timedelta(hours=1)


DEFAULT_POLICY = AheadPolicy()


def precision(warnings: Iterable[PastWarning], policy: AheadPolicy = DEFAULT_POLICY) -> Precision:
    """Return how many episodes there were and in how many the water came; one whose outcome nobody knows is none."""
    found: list[bool | None] = []
    last: datetime | None = None
    for one in sorted(warnings, key=lambda warning: warning.made_at):
        if last is None or one.made_at - last >= policy.apart:
            found.append(one.came)
        last = one.made_at
    known = [came for came in found if came is not None]
    return Precision(episodes=len(known), came=sum(known))


def may_warn(measured: Precision | None, policy: AheadPolicy = DEFAULT_POLICY) -> bool:
    """Return whether forecasts proved right often enough; what was never measured warns nobody."""
    if measured is None or measured.episodes < policy.least_episodes:
        return False
    return measured.came >= policy.least_precision * measured.episodes


def crossing(
    points: Sequence[ForecastPoint], level_cm: float, *, now: datetime, lead: timedelta
) -> ForecastPoint | None:
    """Return the first moment within the lead time at which the level is most likely reached; None where it is not."""
    reached = (one for one in points if one.level_cm >= level_cm and now < one.at <= now + lead)
    return min(reached, key=lambda one: one.at, default=None)


def urgency(at: datetime, *, now: datetime) -> Literal["Expected", "Future"]:
    """Return the urgency in the words of CAP 1.2: what comes within the hour is expected, what comes later future."""
    return "Expected" if at - now <= timedelta(hours=1) else "Future"
