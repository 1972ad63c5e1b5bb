"""A burst of echoes becomes one distance: the median, how far the echoes lie apart, and how many counted."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstSettings:
    """How a burst is taken: seven echoes 150 ms apart ride out a wave without averaging in a spike."""

    echoes: int = 7
    gap_seconds: float = 0.15
    fewest_valid: int = 3
    nearest_mm: int = 300
    farthest_mm: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What a burst said. `distance_mm` is None when too few echoes were valid; none never becomes zero."""

    distance_mm: int | None
    spread_mm: int
    valid: int
    incomplete: bool
    out_of_range: bool


def judge(echoes_mm: tuple[int | None, ...], settings: BurstSettings) -> Burst:
    """The median distance of the valid echoes, with their median absolute deviation as the spread."""
    received = [echo for echo in echoes_mm if echo is not None]
    valid = [echo for echo in received if settings.nearest_mm <= echo <= settings.farthest_mm]
    enough = len(valid) >= settings.fewest_valid
    middle = round(median(valid)) if enough else None
    return Burst(
        distance_mm=middle,
        spread_mm=0 if middle is None else round(median(abs(echo - middle) for echo in valid)),
        valid=len(valid),
        incomplete=len(valid) < settings.echoes,
        out_of_range=not enough and len(received) - len(valid) >= settings.fewest_valid,
    )
