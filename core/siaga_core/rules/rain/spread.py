"""Spreads measured intervals of rain over the steps of a grid; what no interval covers is not known, never dry."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter
from typing import Final

MOST_MM_AN_HOUR: Final = 300.0
MOST_MM: Final = 1000.0
LEAST_KNOWN_SHARE: Final = 0.9
_TOLERANCE_MINUTES: Final = 1e-6  # of sums of parts of minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class RainInterval:
    """States that `mm` of rain fell in the `minutes` before `ends_at`."""

    ends_at: datetime
    minutes: int
    mm: float


@dataclass(frozen=True, slots=True)
class SpanRain:
    """Holds the rain of a span as far as it is known: `mm` fell in `known_minutes` of it."""

    mm: float
    known_minutes: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """Represents even rain from one second to another, in which no other piece lies."""

    begin: float
    end: float
    mm: float

    def mm_between(self, begin: float, end: float) -> float:
        return self.mm * (end - begin) / (self.end - self.begin)


def most_mm(minutes: float) -> float:
    """Return the most rain in mm that a rain gauge can have measured in so many minutes: 300 mm an hour, 1,000 mm."""
    return min(MOST_MM, MOST_MM_AN_HOUR * minutes / 60)


def total(spans: Iterable[SpanRain]) -> SpanRain:
    """Return the rain of spans together."""
    mm, known_minutes = 0.0, 0.0
    for one in spans:
        mm, known_minutes = mm + one.mm, known_minutes + one.known_minutes
    return SpanRain(mm, known_minutes)


def known_mm(found: SpanRain, *, minutes: float) -> float | None:
    """Return the rain in mm of a span of so many minutes; None where less than nine tenths of it are known."""
    is_known = found.known_minutes >= LEAST_KNOWN_SHARE * minutes - _TOLERANCE_MINUTES
    return found.mm if is_known else None


def spread(intervals: Iterable[RainInterval], *, since: datetime, step: timedelta, count: int) -> list[SpanRain]:
    """Return the rain of each of `count` steps from `since` on, in mm with the minutes that are known.

    The rain of an interval is divided evenly over what it covers. Where intervals overlap, the shorter ones stand: a
    longer one adds only its rain beyond theirs, over the rest of its time, so that no rain counts twice. Raises
    ValueError for a step that is not above zero.
    """
    seconds = step.total_seconds()
    if seconds <= 0:
        raise ValueError(f"got a step of {step}, expected one above zero")
    mm, known = [0.0] * count, [0.0] * count
    for place, begin, end, piece in _cut(_pieces(intervals), since.timestamp(), seconds, count):
        mm[place] += piece.mm_between(begin, end)
        known[place] += end - begin
    return [SpanRain(fell, covered / 60) for fell, covered in zip(mm, known, strict=True)]


def _cut(
    pieces: Iterable[_Piece], since: float, seconds: float, count: int
) -> Iterable[tuple[int, float, float, _Piece]]:
    """Yield what lies of each piece in each step: the place of the step, begin, end and the piece."""
    for piece in pieces:
        first = max(0, int((piece.begin - since) // seconds))
        last = min(count - 1, int((piece.end - since) // seconds))
        for place in range(first, last + 1):
            begin = max(piece.begin, since + place * seconds)
            end = min(piece.end, since + (place + 1) * seconds)
            if end > begin:
                yield place, begin, end, piece


def _pieces(intervals: Iterable[RainInterval]) -> list[_Piece]:
    """Return the rain of the intervals in pieces that do not overlap, in the sequence of time."""
    whole = sorted(map(_piece, intervals), key=attrgetter("end"))
    if all(before.end <= after.begin for before, after in pairwise(whole)):
        return whole  # nearly always so
    found: list[_Piece] = []
    for one in sorted(whole, key=lambda one: (one.end - one.begin, one.end, one.mm)):
        _add(found, one.begin, one.end, one.mm)
    return found


def _piece(one: RainInterval) -> _Piece:
    end = one.ends_at.timestamp()
    return _Piece(end - one.minutes * 60, end, one.mm)


def _add(found: list[_Piece], begin: float, end: float, mm: float) -> None:
    """Add an interval around the pieces of shorter ones."""
    first = bisect_right(found, begin, key=attrgetter("end"))
    last = bisect_left(found, end, key=attrgetter("begin"))
    inside = found[first:last]
    counted = sum(one.mm_between(max(begin, one.begin), min(end, one.end)) for one in inside)
    gaps = _gaps(begin, end, inside)
    open_seconds = sum(until - since for since, until in gaps)
    rest = max(0.0, mm - counted)
    new = [_Piece(since, until, rest * (until - since) / open_seconds) for since, until in gaps]
    found[first:last] = sorted([*inside, *new], key=attrgetter("begin"))


def _gaps(begin: float, end: float, inside: Sequence[_Piece]) -> list[tuple[float, float]]:
    begins = [begin, *(one.end for one in inside)]
    ends = [*(one.begin for one in inside), end]
    return [(since, until) for since, until in zip(begins, ends, strict=True) if until > since]
