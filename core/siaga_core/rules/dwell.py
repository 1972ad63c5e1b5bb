"""How long a thing has stayed in one place: vehicles in a no-stopping zone, litter in a watch zone.

The clock is keyed by position as well as by track. A track id that changes on the spot (an id switch, a passing bus,
a restarted tracker) continues the clock; a vehicle that came from elsewhere to the same spot (a queue that moves up)
starts its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from siaga_core.rules.geometry import Box, iou

# How slowly the remembered place follows the box, so that a creeping vehicle leaves it in the end.
ANCHOR_GAIN = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One thing in one frame. `origin` is the box where its track was first seen."""

    track_id: int
    label: str
    box: Box
    origin: Box
    score: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellPolicy:
    """`gap_seconds`: how long a thing may be hidden before it counts as gone."""

    allowed_seconds: float
    gap_seconds: float = 10.0
    same_spot_iou: float = 0.5
    update_seconds: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place where something stands."""

    number: int
    track_id: int
    label: str
    anchor: Box
    box: Box
    arrived_at: datetime
    seen_at: datetime
    score: float
    sightings: int = 1
    began_at: datetime | None = None
    told_at: datetime | None = None

    def dwell_seconds(self) -> float:
        """From arrival to the last sight of it."""
        return (self.seen_at - self.arrived_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellWatch:
    """What is remembered of one zone."""

    spots: tuple[Spot, ...] = ()
    next_number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellBegan:
    """It stayed longer than allowed."""

    spot: Spot
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellUpdated:
    """It is still there, told each `update_seconds`."""

    spot: Spot
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellEnded:
    """It left; `at` is when it was last seen."""

    spot: Spot
    at: datetime


DwellChange = DwellBegan | DwellUpdated | DwellEnded


def step(
    watch: DwellWatch, sightings: Iterable[Sighting], *, at: datetime, policy: DwellPolicy
) -> tuple[DwellWatch, tuple[DwellChange, ...]]:
    """Takes the sightings inside the zone in one looked-at frame and tells what changed.

    Do not call it for frames that were not looked at: an empty list means that nothing was there.
    """
    free = {spot.number: spot for spot in watch.spots}
    kept: list[Spot] = []
    changes: list[DwellChange] = []
    number = watch.next_number
    for sighting in sorted(sightings, key=lambda seen: -seen.score):
        spot = _spot_of(sighting, free.values(), policy)
        if spot is not None and not _is_same_thing(spot, sighting, policy):
            changes += _ended(free.pop(spot.number))
            spot = None
        if spot is None:
            kept.append(_arrived(number, sighting, at))
            number += 1
        else:
            del free[spot.number]
            kept.append(_seen_again(spot, sighting, at))
    hidden, gone = _split_hidden(free.values(), at, policy)
    for spot in gone:
        changes += _ended(spot)
    told = [_told(spot, at, policy) for spot in [*kept, *hidden]]
    changes += [change for _, change in told if change is not None]
    return DwellWatch(spots=tuple(spot for spot, _ in told), next_number=number), tuple(changes)


def _spot_of(sighting: Sighting, spots: Iterable[Spot], policy: DwellPolicy) -> Spot | None:
    near = [(iou(spot.anchor, sighting.box), spot) for spot in spots]
    fitting = [(overlap, spot) for overlap, spot in near if overlap >= policy.same_spot_iou]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def _is_same_thing(spot: Spot, sighting: Sighting, policy: DwellPolicy) -> bool:
    born_here = iou(spot.anchor, sighting.origin) >= policy.same_spot_iou / 2
    return sighting.track_id == spot.track_id or born_here


def _arrived(number: int, sighting: Sighting, at: datetime) -> Spot:
    return Spot(
        number=number,
        track_id=sighting.track_id,
        label=sighting.label,
        anchor=sighting.box,
        box=sighting.box,
        arrived_at=at,
        seen_at=at,
        score=sighting.score,
    )


def _seen_again(spot: Spot, sighting: Sighting, at: datetime) -> Spot:
    return replace(
        spot,
        track_id=sighting.track_id,
        anchor=_followed(spot.anchor, sighting.box),
        box=sighting.box,
        seen_at=at,
        score=spot.score + (sighting.score - spot.score) * 0.1,
        sightings=spot.sightings + 1,
    )


def _followed(anchor: Box, box: Box) -> Box:
    return Box(
        *(old + (new - old) * ANCHOR_GAIN for old, new in zip(_sides(anchor), _sides(box), strict=True)),
    )


def _sides(box: Box) -> tuple[float, float, float, float]:
    return (box.x1, box.y1, box.x2, box.y2)


def _split_hidden(spots: Iterable[Spot], at: datetime, policy: DwellPolicy) -> tuple[list[Spot], list[Spot]]:
    hidden: list[Spot] = []
    gone: list[Spot] = []
    for spot in spots:
        (hidden if at - spot.seen_at <= timedelta(seconds=policy.gap_seconds) else gone).append(spot)
    return hidden, gone


def _ended(spot: Spot) -> list[DwellChange]:
    return [DwellEnded(spot=spot, at=spot.seen_at)] if spot.began_at else []


def _told(spot: Spot, at: datetime, policy: DwellPolicy) -> tuple[Spot, DwellChange | None]:
    if spot.began_at is None or spot.told_at is None:
        if spot.dwell_seconds() <= policy.allowed_seconds:
            return spot, None
        began = replace(spot, began_at=at, told_at=at)
        return began, DwellBegan(spot=began, at=at)
    if at - spot.told_at < timedelta(seconds=policy.update_seconds):
        return spot, None
    updated = replace(spot, told_at=at)
    return updated, DwellUpdated(spot=updated, at=at)
