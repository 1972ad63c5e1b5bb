"""How often a zone must be looked at for its decisions, and whether it is.

Position proves nothing between two looks that lie too far apart: on a busy road there is always some vehicle on the
spot. Time in which nobody looked often enough is therefore not counted as a dwell, and a zone that is looked at too
seldom for a while is unknown, because "nothing reported" would read as "nothing there".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

# Looks within the allowed dwell: arrival, two on the way, and the threshold.
LEAST_LOOKS = 4
# However long a dwell may be, vehicles that come and go within a longer time are not told apart.
LONGEST_SECONDS = 3.5
# What is left on the ground does not come and go like that.
LONGEST_TRASH_SECONDS = 10.0
# A look comes at the beat of the frames, and a little late now and then.
TOLERANCE = 1.25
# How long looks must be too seldom, or often enough again, before the state of the zone changes.
SLOW_SECONDS, STEADY_SECONDS = 5.0, 5.0
# Of the wanted look rate: below that a camera is behind.
BEHIND_SHARE = 0.7
RATE_SECONDS, LEAST_RATE_SECONDS = 8.0, 4.0


def needed_interval(allowed_seconds: float, *, longest_seconds: float = LONGEST_SECONDS) -> float:
    """The longest time between two looks that still supports a dwell of the allowed seconds."""
    return min(longest_seconds, allowed_seconds / LEAST_LOOKS)


def longest_gap(interval_seconds: float, *, frame_seconds: float) -> float:
    """The time between two looks from which it was not watched, for looks that are due after an interval."""
    return max(interval_seconds * TOLERANCE, interval_seconds + frame_seconds * TOLERANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookWatch:
    """What is remembered of the looks at one zone; `since`: since when it is, as far as known, too slow."""

    looked_at: datetime | None = None
    slow_since: datetime | None = None
    steady_since: datetime | None = None
    is_slow: bool = False

    def resumed(self) -> LookWatch:
        """After a time in which the view was lost, which says nothing of the speed."""
        slow_since = self.slow_since if self.is_slow else None
        return replace(self, looked_at=None, slow_since=slow_since, steady_since=None)


def step(watch: LookWatch, *, at: datetime, gap_seconds: float) -> tuple[LookWatch, Literal["slow", "steady"] | None]:
    """Takes one look and returns what changed."""
    before = watch.looked_at
    if before is None or at <= before:
        return replace(watch, looked_at=at), None
    if (at - before).total_seconds() > gap_seconds:
        since = watch.slow_since or before
        is_slow = watch.is_slow or at - since >= timedelta(seconds=SLOW_SECONDS)
        slow = replace(watch, looked_at=at, slow_since=since, steady_since=None, is_slow=is_slow)
        return slow, "slow" if is_slow and not watch.is_slow else None
    since = watch.steady_since or before
    is_over = at - since >= timedelta(seconds=STEADY_SECONDS)
    steady = replace(
        watch,
        looked_at=at,
        steady_since=since,
        slow_since=None if is_over else watch.slow_since,
        is_slow=watch.is_slow and not is_over,
    )
    return steady, "steady" if watch.is_slow and is_over else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRate:
    """Looks a second over the last seconds: how many were wanted, and how many there were."""

    wanted: float
    achieved: float

    @property
    def is_behind(self) -> bool:
        """Whether there were far fewer looks than wanted."""
        return self.achieved < self.wanted * BEHIND_SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRateWatch:
    """The frames of the last seconds: when, after how long, how many looks were wanted meanwhile, whether one came."""

    frames: tuple[tuple[datetime, float, float, bool], ...] = ()

    def rate(self) -> LookRate | None:
        """Return the rate; None before there are frames enough to know it."""
        seconds = sum(passed for _, passed, _, _ in self.frames)
        if seconds < LEAST_RATE_SECONDS:
            return None
        wanted = sum(count for _, _, count, _ in self.frames)
        return LookRate(wanted=wanted / seconds, achieved=_count(looked for *_, looked in self.frames) / seconds)


def note_frame(
    watch: LookRateWatch, *, at: datetime, passed_seconds: float, interval_seconds: float, looked: bool
) -> LookRateWatch:
    """Takes one frame, `passed_seconds` after the one before, while a look was wanted each `interval_seconds`."""
    oldest = at - timedelta(seconds=RATE_SECONDS)
    wanted = passed_seconds / interval_seconds
    recent = tuple(frame for frame in watch.frames if oldest < frame[0] <= at)
    # The first frame ends no time in which a look was wanted.
    return LookRateWatch(frames=(*recent, (at, passed_seconds, wanted, looked and passed_seconds > 0)))


def _count(looked: Iterable[bool]) -> int:
    return sum(looked)
