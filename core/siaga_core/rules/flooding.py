"""Whether a road stands under water, from the share of its area that a segmenter calls water.

A temporal median takes out single wrong frames; hysteresis keeps a share that wobbles from flapping. Water that comes
fast need not wait for half of the window: a median over its last seconds that is far above the limit is enough, if
there was some water before them already.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from statistics import median
from typing import Literal, TypeAlias

Samples: TypeAlias = tuple[tuple[datetime, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodPolicy:
    """When water is a flood. Shares are of the road region, 0..1.

    A flood begins early when the median over the last `sure_seconds`, `sure_samples` looks at least, reaches
    `sure_share`, `fast_seconds` at least lie between their first and last wet look, and as long before that some water
    was seen already, `trace_share`: a moment's glare is no flood.
    No flood begins before `steady_samples` looks in a row saw the road flooded, because water does not come and go from
    one look to the next as reflections do.
    """

    flooded_share: float = 0.25
    clear_share: float = 0.12
    window_seconds: float = 20.0
    min_samples: int = 3
    severe_share: float = 0.6
    update_share: float = 0.15
    sure_share: float = 0.4
    trace_share: float = 0.06
    sure_seconds: float = 5.0
    sure_samples: int = 4
    fast_seconds: float = 3.0
    steady_samples: int = 3

    def __post_init__(self) -> None:
        if not 0 <= self.clear_share < self.flooded_share <= 1:
            raise ValueError(f"expected 0 <= clear_share < flooded_share <= 1, got {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodWatch:
    """What is remembered of one road region."""

    samples: Samples = ()
    flooded_since: datetime | None = None
    reported_share: float = 0.0

    @property
    def is_flooded(self) -> bool:
        """Whether a flood is open."""
        return self.flooded_since is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodChanged:
    """A flood began, changed by enough to tell, or ended; `share` is the median over the window."""

    state: Literal["began", "updated", "ended"]
    at: datetime
    share: float
    share_per_minute: float


def step(
    watch: FloodWatch, share: float, *, at: datetime, policy: FloodPolicy
) -> tuple[FloodWatch, FloodChanged | None]:
    """Takes one share of water and returns what changed. Decides only on `min_samples` within the window."""
    oldest = at - timedelta(seconds=policy.window_seconds)
    samples = (*((when, value) for when, value in watch.samples if oldest <= when < at), (at, share))
    watch = replace(watch, samples=samples)
    if len(samples) < policy.min_samples:
        return watch, None
    is_steady = watch.is_flooded or _is_steady(samples, policy)
    came_fast = not watch.is_flooded and is_steady and _came_fast(samples, policy)
    if came_fast:
        # What was seen before the water came says nothing of it any more.
        samples = _latest(samples, policy.sure_seconds)
        watch = replace(watch, samples=samples)
    middle = median(value for _, value in samples)
    state = _change_of(watch, middle, policy)
    if state == "began" and not (is_steady and (came_fast or _lasts(samples, policy))):
        return watch, None
    if state is None:
        return watch, None
    changed = FloodChanged(state=state, at=at, share=middle, share_per_minute=_rate_per_minute(samples))
    if state == "ended":
        return replace(watch, flooded_since=None, reported_share=0.0), changed
    return replace(watch, flooded_since=watch.flooded_since or at, reported_share=middle), changed


def repeat_update(watch: FloodWatch, *, at: datetime) -> tuple[FloodWatch, FloodChanged]:
    """An open flood reported once more, for what else is known of it; with the share of now."""
    share = median(value for _, value in watch.samples)
    changed = FloodChanged(state="updated", at=at, share=share, share_per_minute=_rate_per_minute(watch.samples))
    return replace(watch, reported_share=share), changed


def in_doubt(watch: FloodWatch, policy: FloodPolicy) -> bool:
    """Whether one of the latest looks saw a flood that is not reported yet, so that others should follow soon."""
    latest = _latest(watch.samples, policy.sure_seconds)
    return not watch.is_flooded and any(share >= policy.flooded_share for _, share in latest)


def severity(share: float, policy: FloodPolicy) -> str:
    """minor, moderate or severe, by the share of the road under water."""
    if share >= policy.severe_share:
        return "severe"
    return "moderate" if share >= (policy.flooded_share + policy.severe_share) / 2 else "minor"


def _latest(samples: Samples, seconds: float) -> Samples:
    """The looks of less than so long before the last one."""
    return tuple(one for one in samples if samples[-1][0] - one[0] < timedelta(seconds=seconds))


def _lasts(samples: Samples, policy: FloodPolicy) -> bool:
    """Whether it is wet now and was so long enough before: looks in doubt are so many that they outvote the others."""
    wet = [when for when, share in samples if share >= policy.flooded_share]
    if len(wet) == len(samples):
        return True
    return wet[-1:] == [samples[-1][0]] and wet[-1] - wet[0] >= timedelta(seconds=policy.sure_seconds)


def _is_steady(samples: Samples, policy: FloodPolicy) -> bool:
    latest = samples[-policy.steady_samples :]
    return len(latest) == policy.steady_samples and all(share >= policy.flooded_share for _, share in latest)


def _came_fast(samples: Samples, policy: FloodPolicy) -> bool:
    latest = _latest(samples, policy.sure_seconds)
    before = _latest(samples, 2 * policy.sure_seconds)[: -len(latest)]
    wet = [when for when, share in latest if share >= policy.flooded_share]
    return (
        wet[-1:] == [samples[-1][0]]
        and wet[-1] - wet[0] >= timedelta(seconds=policy.fast_seconds)
        and len(latest) >= policy.sure_samples
        and median(share for _, share in latest) >= policy.sure_share
        and any(share >= policy.trace_share for _, share in before)
    )


def _change_of(watch: FloodWatch, share: float, policy: FloodPolicy) -> Literal["began", "updated", "ended"] | None:
    if not watch.is_flooded:
        return "began" if share >= policy.flooded_share else None
    if share <= policy.clear_share:
        return "ended"
    return "updated" if abs(share - watch.reported_share) >= policy.update_share else None


def _rate_per_minute(samples: Samples) -> float:
    # Theil-Sen: the median of all slopes, so that one wrong frame at an end does not make a torrent.
    slopes = [
        (later - earlier) / (later_at - earlier_at).total_seconds()
        for (earlier_at, earlier), (later_at, later) in combinations(samples, 2)
    ]
    return median(slopes) * 60 if slopes else 0.0
