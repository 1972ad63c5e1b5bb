"""How long a thing has stayed in one place: vehicles in a no-stopping zone, trash in a watch zone.

The clock is keyed by position as well as by track. A track id that changes on the spot (an id switch, a passing bus,
a restarted tracker) continues the clock; a vehicle that came from elsewhere to the same spot (a queue that moves up)
starts its own. A thing that is partly hidden keeps its place: three sides of its box stay where they were. One that is
hidden by what stands in front of it is not looked for meanwhile. One of which a part still shows beside what stands in
front, and looks as before, is still there, whether the detector knows it or not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from siaga_core.rules.geometry import Box, iou
from siaga_core.rules.looks.places import MIN_VISIBLE_IOU, followed, hides, is_at
from siaga_core.rules.looks.sighting import Sighting

# Seen less often than that, a thing is not known well enough to be known by its looks.
SIGHTINGS_TO_KNOW = 3
# What only passes before a thing has passed by then.
CHANGED_FOR = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellPolicy:
    """When a dwell is too long.

    `gap_seconds`: how long a thing may be looked for in vain before it counts as gone. `same_spot_iou`: how far two
    boxes overlap to be the same place. `update_seconds`: how often a dwell that goes on is reported again.
    `hidden_seconds`: how long it may be hidden by others before it is looked for in vain all the same.
    `least_seen_share`: of the looks since its arrival in which nothing hid it, how many must have seen it, and
    `least_score`: the mean score that a dwell needs to be reported. `most_rival_share`: of that mean,
    what the mean of the rivals' scores may reach. `longest_gap_seconds`: time between two looks that lie further apart
    was not watched, and does not count. `longest_unseen_seconds`: what is seen again after a longer time is another
    thing, unless it is recognised. `least_sightings`: how many looks must have seen it.
    """

    allowed_seconds: float
    gap_seconds: float = 10.0
    same_spot_iou: float = 0.5
    update_seconds: float = 60.0
    hidden_seconds: float = 30.0
    least_seen_share: float = 0.0
    least_score: float = 0.0
    most_rival_share: float = 1.0
    longest_gap_seconds: float = inf
    longest_unseen_seconds: float = inf
    least_sightings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place where something stands.

    `missed_at`: the first look since `seen_at` that did not find it although nothing hid it; `misses`: how many such
    looks there were since it arrived. `hidden_since`: the first look since `seen_at` in which something hid it.
    `has_left`: because its own track was seen elsewhere; then only that track can come back to it. `changed_at`: since
    when the place looks otherwise than it did. `unwatched_seconds`: of the dwell, in looks that lay too far apart.
    """

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
    reported_at: datetime | None = None
    missed_at: datetime | None = None
    has_left: bool = False
    misses: int = 0
    group: str = ""
    hidden_since: datetime | None = None
    rival_score: float = 0.0
    changed_at: datetime | None = None
    unwatched_seconds: float = 0.0

    def watched_seconds(self) -> float:
        """Of the dwell, in looks that lay near enough to one another."""
        return self.dwell_seconds() - self.unwatched_seconds

    def dwell_seconds(self) -> float:
        """From arrival to the last sight of it."""
        return (self.seen_at - self.arrived_at).total_seconds()

    def seen_share(self) -> float:
        """Of the looks since its arrival in which it could be seen, how many saw it; 0..1."""
        return self.sightings / (self.sightings + self.misses)


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellWatch:
    """What is remembered of one zone."""

    spots: tuple[Spot, ...] = ()
    next_number: int = 1
    looked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellBegan:
    """It stayed longer than allowed."""

    spot: Spot
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellUpdated:
    """It is still there, reported each `update_seconds`."""

    spot: Spot
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellEnded:
    """It left; `at` is half-way from the last look that saw it to the first that did not."""

    spot: Spot
    at: datetime


DwellChange = DwellBegan | DwellUpdated | DwellEnded


def step(
    watch: DwellWatch,
    sightings: Iterable[Sighting],
    *,
    at: datetime,
    policy: DwellPolicy,
    others: Iterable[Box] = (),
    showing: Collection[int] = (),
    changed: Collection[int] = (),
    recognised: Collection[int] = (),
    is_after_loss: bool = False,
    is_close: bool = True,
) -> tuple[DwellWatch, tuple[DwellChange, ...]]:
    """Takes the sightings inside the zone in one looked-at frame and returns what changed.

    `others` are the boxes of everything that was seen, in the zone or not: they may hide what stands in it. `showing`
    are the numbers of spots that something covers in part while the rest of them looks as it did: where no sighting
    continues such a spot, its stay goes on all the same, if it was reported surely enough until then. `changed` are the
    numbers of spots whose place looks otherwise than when the thing arrived: seen so for a second, the thing is
    another one, or came to rest only then. `recognised` are those whose place looks as it did. `is_after_loss`: the
    view was lost since the last look, so that the time between was not slow. Of a look that was not `is_close`, what
    was not seen may only be too small to be.
    Do not call it for frames that were not looked at: an empty list means that nothing was there.
    """

    def known_by(spot: Spot) -> bool:
        return spot.number in showing and _is_known(spot, policy)

    ordered = sorted(sightings, key=lambda seen: -seen.score)
    unwatched = 0.0 if is_after_loss else _unwatched_seconds(watch, at, policy)
    gone = [spot for spot in watch.spots if not _is_held(spot, at, policy)]
    ended = {spot.number for spot in gone}
    known = [_with_unwatched(spot, unwatched) for spot in watch.spots if spot.number not in ended]
    held = _recorded_if_left(known, ordered, policy)
    matched = _matched(held, ordered, policy)
    strangers = _strangers(held, watch, at, policy, recognised=recognised)
    present, number = _present(
        ordered, matched, at, first_number=watch.next_number, changed=changed, strangers=strangers
    )
    in_front = tuple(others)
    used = {spot.number for spot in matched.values()}
    missing = [spot for spot in held if spot.number not in used and not _has_passed(spot)]
    shown = [replace(spot, seen_at=at, missed_at=None, hidden_since=None) for spot in missing if known_by(spot)]
    unseen = [_unseen(spot, in_front, at, policy, misses=int(is_close)) for spot in missing if not known_by(spot)]
    reported = [_report_if_due(spot, at, policy) for spot in (*present, *shown)]
    ends = (DwellEnded(spot=spot, at=_left_at(spot, policy)) for spot in gone if spot.began_at)
    changes = (*ends, *(change for _, change in reported if change is not None))
    spots = (*(spot for spot, _ in reported), *unseen)
    return DwellWatch(spots=spots, next_number=number, looked_at=at), changes


def comes_due(watch: DwellWatch, policy: DwellPolicy, *, since: datetime, at: datetime) -> bool:
    """Whether an unreported dwell became too long between the look at `since` and `at`, if it still goes on."""
    allowed = timedelta(seconds=policy.allowed_seconds)
    return any(
        since <= spot.arrived_at + allowed + timedelta(seconds=spot.unwatched_seconds) < at
        for spot in watch.spots
        if spot.began_at is None
    )


def is_nearly_due(watch: DwellWatch, policy: DwellPolicy, *, at: datetime, within_seconds: float) -> bool:
    """Whether a dwell that would be reported by what is known of it so far will be too long so soon."""
    limit = policy.allowed_seconds - within_seconds
    return any(
        spot.began_at is None
        and spot.sightings > 1
        and _is_trusted(spot, policy)
        and limit <= (at - spot.arrived_at).total_seconds() - spot.unwatched_seconds <= policy.allowed_seconds
        for spot in watch.spots
    )


def _unwatched_seconds(watch: DwellWatch, at: datetime, policy: DwellPolicy) -> float:
    """The time since the last look, if that is too long ago."""
    passed = 0.0 if watch.looked_at is None else (at - watch.looked_at).total_seconds()
    return passed if passed > policy.longest_gap_seconds else 0.0


def _with_unwatched(spot: Spot, seconds: float) -> Spot:
    if not seconds or spot.began_at is not None:
        return spot
    return replace(spot, unwatched_seconds=spot.unwatched_seconds + seconds)


def _strangers(
    spots: Iterable[Spot], watch: DwellWatch, at: datetime, policy: DwellPolicy, *, recognised: Collection[int]
) -> set[int]:
    """Spots at which what is seen now is taken for another thing than the one that was seen there long ago.

    What stood there all the time, hidden or not, is recognised as soon as it is seen again; what drives up to the place
    is first seen beside it, and what looked otherwise when it was last seen had begun to move. A time in which nobody
    looked is no such time: it may be unwatched.
    """
    if watch.looked_at is None:
        return set()
    return {
        spot.number
        for spot in spots
        if spot.began_at is None
        and (spot.number not in recognised or spot.changed_at is not None)
        and spot.seen_at < watch.looked_at
        and (at - spot.seen_at).total_seconds() > policy.longest_unseen_seconds
    }


def _is_held(spot: Spot, at: datetime, policy: DwellPolicy) -> bool:
    """Whether the thing may still be there."""
    if spot.missed_at is not None:
        return at - spot.missed_at <= timedelta(seconds=policy.gap_seconds)
    if spot.hidden_since is not None:
        return True  # for `hidden_seconds`; then it counts as missed
    # Nobody looked since it was seen (a lost camera). That never ends a reported dwell; but after a long time it
    # does not prove one either.
    longest = max(policy.gap_seconds, policy.allowed_seconds)
    return spot.began_at is not None or at - spot.seen_at <= timedelta(seconds=longest)


def _left_at(spot: Spot, policy: DwellPolicy) -> datetime:
    unsure = (spot.missed_at or spot.seen_at) - spot.seen_at
    return spot.seen_at + min(unsure, timedelta(seconds=policy.gap_seconds)) / 2


def _unseen(spot: Spot, others: Sequence[Box], at: datetime, policy: DwellPolicy, *, misses: int) -> Spot:
    hidden_since = spot.hidden_since or at
    is_hidden = (
        not spot.has_left
        and at - hidden_since <= timedelta(seconds=policy.hidden_seconds)
        and any(hides(box, spot.anchor, same_spot_iou=policy.same_spot_iou) for box in others)
    )
    if is_hidden:
        return replace(spot, hidden_since=hidden_since)  # missed before, it goes on being missed: it may have left
    return replace(spot, missed_at=spot.missed_at or at, misses=spot.misses + misses)


def _recorded_if_left(spots: Iterable[Spot], sightings: Sequence[Sighting], policy: DwellPolicy) -> list[Spot]:
    # By label too, because a bus that passes may take a car's track along.
    own: dict[tuple[int, str], list[Sighting]] = {}
    for seen in sightings:
        own.setdefault((seen.track_id, seen.label), []).append(seen)
    return [
        replace(spot, has_left=True)
        if not spot.has_left
        and any(not _continues(spot, seen, policy) for seen in own.get((spot.track_id, spot.label), ()))
        else spot
        for spot in spots
    ]


def _has_passed(spot: Spot) -> bool:
    """Whether it was never more than a look at what drove by: seen here once, and then elsewhere."""
    return spot.has_left and spot.sightings == 1


def _matched(spots: Sequence[Spot], sightings: Sequence[Sighting], policy: DwellPolicy) -> dict[int, Spot]:
    """Which sighting (by its place in the list) continues which spot: the best overlaps first, each spot once."""
    least = min(MIN_VISIBLE_IOU, policy.same_spot_iou)
    pairs = [
        (overlap, spot, place)
        for spot in spots
        for place, sighting in enumerate(sightings)
        if (overlap := iou(spot.anchor, sighting.box)) >= least and _continues(spot, sighting, policy)
    ]
    # Of two spots that fit about equally the one seen last is right: the other one's thing has been replaced.
    pairs.sort(key=lambda pair: (round(pair[0], 1), pair[1].seen_at, pair[0], pair[1].number), reverse=True)
    matched: dict[int, Spot] = {}
    used: set[int] = set()
    for _, spot, place in pairs:
        if place not in matched and spot.number not in used:
            matched[place] = spot
            used.add(spot.number)
    return matched


def _continues(spot: Spot, sighting: Sighting, policy: DwellPolicy) -> bool:
    if sighting.track_id == spot.track_id:
        return is_at(spot.anchor, sighting.box, same_spot_iou=policy.same_spot_iou, or_part=True)
    if spot.has_left:
        return False
    # A new track must have been born here: what came from elsewhere is another thing.
    or_part = (sighting.group or sighting.label) == (spot.group or spot.label)
    boxes = (sighting.origin, sighting.box)
    return all(is_at(spot.anchor, box, same_spot_iou=policy.same_spot_iou, or_part=or_part) for box in boxes)


def _present(
    sightings: Sequence[Sighting],
    matched: Mapping[int, Spot],
    at: datetime,
    *,
    first_number: int,
    changed: Collection[int],
    strangers: Collection[int],
) -> tuple[list[Spot], int]:
    present: list[Spot] = []
    number = first_number
    for place, sighting in enumerate(sightings):
        spot = matched.get(place)
        spot = None if spot is not None and spot.number in strangers else spot
        has_changed = spot is not None and spot.number in changed and spot.began_at is None
        if spot is not None and not (has_changed and at - (spot.changed_at or at) >= CHANGED_FOR):
            present.append(_reappeared(spot, sighting, at, changed_at=(spot.changed_at or at) if has_changed else None))
        else:
            since = spot.changed_at if spot is not None else None
            present.append(_arrived(number, sighting, at, since=since or at))
            number += 1
    return present, number


def _arrived(number: int, sighting: Sighting, at: datetime, *, since: datetime) -> Spot:
    return Spot(
        number=number,
        track_id=sighting.track_id,
        label=sighting.label,
        group=sighting.group,
        anchor=sighting.box,
        box=sighting.box,
        arrived_at=since,
        seen_at=at,
        sightings=1 if since == at else 2,
        score=sighting.score,
        rival_score=sighting.rival_score,
    )


def _reappeared(spot: Spot, sighting: Sighting, at: datetime, *, changed_at: datetime | None) -> Spot:
    weight = max(0.1, 1 / (spot.sightings + 1))  # the mean of the first ten, then slowly on
    return replace(
        spot,
        track_id=sighting.track_id,
        anchor=followed(spot.anchor, sighting.box),
        box=sighting.box,
        seen_at=at,
        score=spot.score + (sighting.score - spot.score) * weight,
        rival_score=spot.rival_score + (sighting.rival_score - spot.rival_score) * weight,
        sightings=spot.sightings + 1,
        missed_at=None,
        hidden_since=None,
        has_left=False,
        changed_at=changed_at,
    )


def _is_trusted(spot: Spot, policy: DwellPolicy) -> bool:
    is_sure = spot.seen_share() >= policy.least_seen_share and spot.score >= policy.least_score
    return is_sure and spot.rival_score <= policy.most_rival_share * spot.score


def _is_known(spot: Spot, policy: DwellPolicy) -> bool:
    return spot.sightings >= SIGHTINGS_TO_KNOW and not spot.has_left and _is_trusted(spot, policy)


def _report_if_due(spot: Spot, at: datetime, policy: DwellPolicy) -> tuple[Spot, DwellChange | None]:
    if spot.began_at is None or spot.reported_at is None:
        is_due = spot.watched_seconds() > policy.allowed_seconds and spot.changed_at is None
        is_due = is_due and spot.sightings >= policy.least_sightings
        if not is_due or not _is_trusted(spot, policy):
            return spot, None
        began = replace(spot, began_at=at, reported_at=at)
        return began, DwellBegan(spot=began, at=at)
    if at - spot.reported_at < timedelta(seconds=policy.update_seconds):
        return spot, None
    updated = replace(spot, reported_at=at)
    return updated, DwellUpdated(spot=updated, at=at)
