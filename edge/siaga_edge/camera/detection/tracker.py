"""Follows things from look to look: overlap with where each should be by now, and the best assignment of all.

Two passes as in ByteTrack: sure detections first, then unsure ones for tracks that are left, so that a score which
wobbles around its threshold does not break a track. Cars, buses and trucks are one group, because the detector
changes its mind among them; the label is what most of the score was given for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot, inf

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from siaga_core.rules.geometry import Box, iou
from siaga_core.vision.detections import Detection

_GROUPS = {
    **dict.fromkeys(("car", "bus", "truck", "three_wheeler"), "vehicle"),
    **dict.fromkeys(("motorcycle", "bicycle"), "two_wheels"),
}
_REFUSED = 10.0
_LEAST_IOU = 0.1
_REACH = 0.8  # centres this many box sizes apart may still be one thing between two looks
# As in the detector's suppression of each class: a van is found as a car and as a truck, by boxes a little apart.
_SAME_THING_IOU = 0.6
_VOTE_MEMORY = 0.9
# What stands still is not suddenly somewhere else: what passes in front of it must not take its track along.
_STATIONARY_SPEED = 0.05  # box sizes a second
_LEAST_STATIONARY_IOU = 0.4
_LOOKS_TO_STAND = 4
# What follows in a queue comes to the very place that the one before has left: the one seen last is rather it.
_STALE_COST = 0.5
# What overlaps is assigned first, so that no two good pairs are torn apart only to find a third thing its poor one.
_NEAR_COST = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One thing over time; boxes in shares of the image, `origin` is the first of them."""

    id: int
    group: str
    votes: tuple[tuple[str, float], ...]
    box: Box
    origin: Box
    score: float
    seen_at: datetime
    drift: tuple[float, float] = (0.0, 0.0)
    looks: int = 1

    @property
    def label(self) -> str:
        """The label with most votes; the first in the alphabet of equals."""
        return min(self.votes, key=lambda vote: (-vote[1], vote[0]))[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """All tracks of one camera."""

    alive: tuple[Track, ...] = ()
    next_id: int = 1


def step(
    tracks: Tracks,
    *,
    sure: Iterable[Detection],
    unsure: Iterable[Detection] = (),
    at: datetime,
    forget_seconds: float = 4.0,
) -> tuple[Tracks, tuple[Track, ...]]:
    """Takes one look (boxes in shares) and gives the tracks that were seen in it."""
    sure = without_doubles(sure)
    # What is seen surely is not there once more: an unsure double would keep the track of a thing that has passed.
    unsure = [found for found in unsure if not any(_is_double(found, other) for other in sure)]
    free = list(tracks.alive)
    seen: list[Track] = []
    new: list[Detection] = []
    for pairs, born in ((sure, new), (unsure, None)):
        matched = _assigned(free, pairs, at)
        seen += [_followed(free[row], pairs[column], at) for row, column in matched]
        if born is not None:
            captured = {column for _, column in matched}
            born += [found for column, found in enumerate(pairs) if column not in captured]
        gone = {row for row, _ in matched}
        free = [track for row, track in enumerate(free) if row not in gone]
    seen += [_born(tracks.next_id + offset, found, at) for offset, found in enumerate(new)]
    waiting = [track for track in free if at - track.seen_at <= timedelta(seconds=forget_seconds)]
    return Tracks(alive=(*seen, *waiting), next_id=tracks.next_id + len(new)), tuple(seen)


def group_of(label: str) -> str:
    """Labels of one group may follow one another on one thing."""
    return _GROUPS.get(label, label)


def without_doubles(detections: Iterable[Detection]) -> list[Detection]:
    """Best first, without those that lie on a better one of their group."""
    distinct: list[Detection] = []
    for found in sorted(detections, key=lambda one: -one.score):
        if not any(_is_double(found, other) for other in distinct):
            distinct.append(found)
    return distinct


def _is_double(found: Detection, other: Detection) -> bool:
    return iou(found.box, other.box) >= _SAME_THING_IOU and group_of(found.label) == group_of(other.label)


def _assigned(tracks: Sequence[Track], found: Sequence[Detection], at: datetime) -> list[tuple[int, int]]:
    if not tracks or not found:
        return []
    latest = max(track.seen_at for track in tracks)
    stale = [_STALE_COST if track.seen_at < latest else 0.0 for track in tracks]
    grouped = [(group_of(one.label), one.box) for one in found]
    costs = np.array([_costs(track, grouped, at) for track in tracks]) + np.array(stale)[:, None]
    near = _cheapest(costs, below=_NEAR_COST)
    for row, column in near:
        costs[row, :] = costs[:, column] = _REFUSED
    return [*near, *_cheapest(costs, below=_REFUSED)]


def _cheapest(costs: NDArray[np.float64], *, below: float) -> list[tuple[int, int]]:
    """The pairs of least cost in all, where to leave a track alone costs `below`."""
    rows, columns = linear_sum_assignment(np.minimum(costs, below))
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if costs[row, column] < below]


def _costs(track: Track, found: Sequence[tuple[str, Box]], at: datetime) -> list[float]:
    """Of following the track with each group and box of what was found."""
    stands, ahead = _stands(track), _moved_on(track, at)
    return [_cost(track.box, ahead, box, stands=stands) if track.group == group else _REFUSED for group, box in found]


def _cost(box: Box, ahead: Box, found: Box, *, stands: bool) -> float:
    overlap = iou(box, found)
    if stands and overlap < _LEAST_STATIONARY_IOU:
        return _REFUSED
    # Where it would be if it went on, or where it was, whichever fits: most things here stop.
    best = max(overlap, iou(ahead, found))
    if best >= _LEAST_IOU:
        return 1 - best
    apart = min(_apart(box, found), _apart(ahead, found))
    return 1 + apart if apart < _REACH else _REFUSED


def _stands(track: Track) -> bool:
    size = max(1e-6, (track.box.x2 - track.box.x1 + track.box.y2 - track.box.y1) / 2)
    return track.looks >= _LOOKS_TO_STAND and hypot(*track.drift) <= size * _STATIONARY_SPEED


def _moved_on(track: Track, at: datetime) -> Box:
    seconds = min(2.0, (at - track.seen_at).total_seconds())
    x, y = track.drift[0] * seconds, track.drift[1] * seconds
    return Box(track.box.x1 + x, track.box.y1 + y, track.box.x2 + x, track.box.y2 + y)


def _apart(a: Box, b: Box) -> float:
    size = max(1e-6, (a.x2 - a.x1 + b.x2 - b.x1 + a.y2 - a.y1 + b.y2 - b.y1) / 4)
    x, y = (a.x1 + a.x2 - b.x1 - b.x2) / 2, (a.y1 + a.y2 - b.y1 - b.y2) / 2
    apart = hypot(x, y) / size
    if apart >= _REACH:
        return apart  # too far, whatever their sizes: most pairs
    ratio = max(a.area, b.area) / max(1e-9, min(a.area, b.area))
    return inf if ratio > 3 else apart


def _born(number: int, found: Detection, at: datetime) -> Track:
    return Track(
        id=number,
        group=group_of(found.label),
        votes=((found.label, found.score),),
        box=found.box,
        origin=found.box,
        score=found.score,
        seen_at=at,
    )


def _followed(track: Track, found: Detection, at: datetime) -> Track:
    votes = {label: score * _VOTE_MEMORY for label, score in track.votes}
    votes[found.label] = votes.get(found.label, 0.0) + found.score
    seconds = max(1e-3, (at - track.seen_at).total_seconds())
    x = (found.box.x1 + found.box.x2 - track.box.x1 - track.box.x2) / 2 / seconds
    y = (found.box.y1 + found.box.y2 - track.box.y1 - track.box.y2) / 2 / seconds
    return Track(
        id=track.id,
        group=track.group,
        origin=track.origin,
        votes=tuple(sorted(votes.items())),
        box=found.box,
        score=found.score,
        seen_at=at,
        looks=track.looks + 1,
        drift=((track.drift[0] + x) / 2, (track.drift[1] + y) / 2),
    )
