"""Zones where something may not stay: vehicles where stopping is forbidden, trash anywhere that is watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import inf
from types import MappingProxyType
from typing import assert_never

from siaga_core.rules import dwell
from siaga_core.rules.dwell import DwellBegan, DwellChange, DwellEnded, DwellPolicy, DwellUpdated, DwellWatch, Spot
from siaga_core.rules.geometry import Box, Point, contains, iou, polygon_area, share_of_box_in
from siaga_core.rules.looks import look_budget
from siaga_core.rules.looks.sighting import Sighting
from siaga_core.vision.detections import TRASH, Detection, in_pixels, in_shares
from siaga_core.vision.image import size_of
from siaga_core.wire.messages import Box as WireBox
from siaga_core.wire.messages import EvidenceRole, ParkingDetails, Severity, TrashDetails
from siaga_edge.camera.detection.left_objects import LeftObject, LeftObjects, overlaps
from siaga_edge.camera.detection.likeness import (
    MOST_COVERED,
    Comparison,
    Likeness,
    compared,
    likeness_of,
    remains_visible,
)
from siaga_edge.camera.detection.look import Look
from siaga_edge.camera.detection.tracker import Track
from siaga_edge.camera.detection.zoom import MISTAKEN_SHARE, region_around, rival_score
from siaga_edge.camera.zones.dwell_store import ZoneMemory
from siaga_edge.camera.zones.event_drafts import EventDrafter, EventFacts
from siaga_edge.camera.zones.evidence_images import EvidenceMarks, make_evidence_image
from siaga_edge.camera.zones.look_events import LookEvents
from siaga_edge.events.drafts import EventDraft, EvidenceImage
from siaga_edge.settings import CameraSettings, ZoneSettings

MAX_ARRIVALS = 24
_SAME_THING_IOU = 0.5
_ARRIVED_SECONDS = 0.4
_VEHICLE_GAP_SECONDS, _TRASH_GAP_SECONDS = 10.0, 20.0
# Small boxes wobble more in proportion.
_VEHICLE_SPOT_IOU, _TRASH_SPOT_IOU = 0.5, 0.3
_TRASH_INSIDE = 0.5
# Of the lower half of a vehicle's bounding box, which is about where it touches the ground: what stands beside a zone
# reaches into it with its lowest edge only, and the lowest edge of what stands in it may lie outside.
_STANDS_INSIDE = 0.55
# A bounding box of a long vehicle that stands at an angle to the view is in two of its corners mostly ground beside it.
_LONG_VEHICLES, _LONG_STANDS_INSIDE = frozenset({"bus", "truck"}), 1 / 3
# What stands there is seen in most looks. What was seen twice and then no more for a while has moved on; what comes to
# the same spot later, as in a queue, must not be taken for it.
_SEEN_SHARE = 0.5
# A pile is seen surely, what only looks like one with scores around the threshold.
_TRASH_SURER = 1.2
# A dwell is proven by several close looks; trash by more, as nothing else looks for it, but a vehicle may not be missed
# for as long.
_VEHICLE_CLOSE_LOOKS, _TRASH_CLOSE_LOOKS = 6, 8
_VEHICLE_CLOSE_SECONDS, _TRASH_CLOSE_SECONDS = (1.5, 3.0), (1.0, 10.0)
# How surely something that was left is trash where the detector has no name for it; a track number of its own.
_LEFT_SCORE, _LEFT_TRACKS = 0.5, -1_000_000
_MOVER_SCORE = 0.2  # from which a person or a vehicle counts as one that may leave things, or stand before them
# Before a vehicle is reported it is looked at so often for so long, whether anything moves or not: another one that
# came to the same spot meanwhile looks otherwise in two looks.
_BURST_SECONDS, _BURST_INTERVAL = 2.0, 0.5
_VEHICLE_COVERED = 0.5  # in a queue vehicles overlap; what shows of one is enough to tell it from another
_MODERATE_AFTER, _SEVERE_AFTER = 3.0, 10.0  # multiples of the allowed stay
_MODERATE_SHARE, _SEVERE_SHARE = 0.1, 0.3  # of the watch zone's area


class DwellZone:
    """One no-stopping or watch zone; remembers its dwells and an image of each arrival."""

    def __init__(
        self, camera: CameraSettings, zone: ZoneSettings, thresholds: Mapping[str, float] = MappingProxyType({})
    ) -> None:
        self._zone = zone
        self._drafter = EventDrafter(camera, zone)
        self._is_marked = camera.evidence_marks
        self._polygon = tuple(Point(x, y) for x, y in zone.polygon)
        self._watch = DwellWatch()
        self._arrivals: dict[int, EvidenceImage] = {}
        # Where the view is turned on purpose there is no ground of before.
        has_ground = zone.kind == "watch" and TRASH in zone.labels and camera.follow_view
        self._left = LeftObjects(self._polygon) if has_ground else None
        self._looks: dict[int, Likeness] = {}
        self.region = region_around(self._polygon)
        self.crops_at: datetime | None = None
        self._stepped_at: datetime | None = None
        trash = self._is_trash
        shortest, longest = _TRASH_CLOSE_SECONDS if trash else _VEHICLE_CLOSE_SECONDS
        looks = _TRASH_CLOSE_LOOKS if trash else _VEHICLE_CLOSE_LOOKS
        self._crops_every = min(longest, max(shortest, zone.allowed_seconds / looks))
        interval = zone.needed_look_interval
        self._look_events = LookEvents(
            self._drafter,
            f"view:{self.name}",
            gap_seconds=look_budget.longest_gap(
                max(interval, self._crops_every) if trash else interval, frame_seconds=camera.frame_seconds
            ),
        )
        self._policy = DwellPolicy(
            longest_gap_seconds=self._look_events.gap_seconds,
            longest_unseen_seconds=inf if trash else self._look_events.gap_seconds,
            allowed_seconds=zone.allowed_seconds,
            gap_seconds=_TRASH_GAP_SECONDS if trash else _VEHICLE_GAP_SECONDS,
            same_spot_iou=_TRASH_SPOT_IOU if trash else _VEHICLE_SPOT_IOU,
            least_seen_share=_SEEN_SHARE,
            least_score=thresholds.get(TRASH, 0.0) * _TRASH_SURER if trash else 0.0,
            least_sightings=dwell.SIGHTINGS_TO_KNOW if trash else look_budget.LEAST_LOOKS,
            # In the mean of a stay: a bag that was called a car in a single look is still a bag.
            most_rival_share=MISTAKEN_SHARE if trash else 1.0,
        )

    @property
    def _is_trash(self) -> bool:
        return self._zone.kind == "watch"

    def is_due(self, at: datetime) -> bool:
        """Whether a dwell is about to become too long or has since the last look: time to see whether it goes on."""
        since = self._stepped_at
        if since is None:
            return False
        return dwell.comes_due(self._watch, self._policy, since=since, at=at) or self._wants_burst(since, at)

    def _wants_burst(self, since: datetime, at: datetime) -> bool:
        if self._is_trash or (at - since).total_seconds() < _BURST_INTERVAL - 5e-4:
            return False
        return dwell.is_nearly_due(self._watch, self._policy, at=at, within_seconds=_BURST_SECONDS)

    def wanted_crop(self, at: datetime) -> Box | None:
        """The part of the image that should be looked at by itself too, in shares, if it is time for that."""
        if self.region is None or not self._zone.is_active(at):
            return None
        last = self.crops_at
        waited = last is None or at < last or (at - last).total_seconds() >= self._crops_every - 5e-4
        return self.region if waited or self.is_due(at) else None

    def step(self, look: Look) -> list[EventDraft]:
        """Takes one look that the detector made and returns what changed."""
        if self.region in look.crops:
            self.crops_at = look.at
        elif self._is_trash and self.region is not None and self._zone.is_active(look.at):
            return []  # what is too small for the whole image is not gone because it was not seen there
        self._stepped_at = look.at
        is_active = self._zone.is_active(look.at)
        looks = self._look_events
        slow = looks.step(look.at, is_after_loss=look.is_after_loss) if is_active else looks.rest(look.at)
        inside = [
            self._sighting(track, look)
            for track in look.tracks
            if self.concerns(track) and not self._is_stranded(track, look)
        ]
        inside += self._left_sightings(look, inside)
        sightings = inside if is_active else []
        others = [track.box for track in look.tracks]
        showing = self._showing(look)
        now = self._compared(look)
        self._watch, changes = dwell.step(
            self._watch,
            sightings,
            at=look.at,
            policy=self._policy,
            others=others,
            showing=showing,
            changed=[number for number, how in now.items() if how == "changed"],
            recognised=[number for number, how in now.items() if how == "recognised"],
            is_after_loss=look.is_after_loss,
            is_close=self.region is None or self.region in look.crops,
        )
        self._watch, changes = _as_one_pile(self._watch, changes)
        self._store_looks(look)
        drafts = [self._draft(change, look) for change in changes]
        self._store_arrivals(look)
        return [*slow, *drafts]

    @property
    def slow_since(self) -> datetime | None:
        """Since when it is looked at too seldom; None while it is not."""
        return self._look_events.slow_since

    @property
    def name(self) -> str:
        """Of no other zone of this camera."""
        return f"{self._zone.kind}:{self._zone.id}"

    def memory(self) -> ZoneMemory:
        """What a restart must not lose."""
        return ZoneMemory(watch=self._watch, arrivals=dict(self._arrivals))

    def recall(self, memory: ZoneMemory) -> None:
        """Before the first look: goes on with the dwells of before."""
        self._watch, self._arrivals = memory.watch, dict(memory.arrivals)
        for spot in memory.watch.spots:
            if spot.began_at is not None:
                self._drafter.resumed(self._key(spot), began_at=spot.began_at)

    def _key(self, spot: Spot) -> str:
        return f"{self.name}:{spot.number}"

    def concerns(self, track: Track | Detection) -> bool:
        """Whether a thing, its box in shares, is of a kind and in a place that this zone watches."""
        if track.label not in self._zone.labels:
            return False
        if not self._is_trash:
            return stands_in(self._polygon, track.box, track.label)
        inside = share_of_box_in(self._polygon, track.box)
        return inside >= _TRASH_INSIDE and self._area_share(track.box) >= self._zone.min_area_share

    def _is_stranded(self, track: Track, look: Look) -> bool:
        """Whether a vehicle stands in a flood, and so not of its driver's will; what was reported before goes on."""
        if self._is_trash or any(spot.track_id == track.id and spot.began_at for spot in self._watch.spots):
            return False
        return any(stands_in(outline, track.box, track.label) for outline in look.flooded)

    def _sighting(self, track: Track, look: Look) -> Sighting:
        width, height = size_of(look.image)
        pixels = in_pixels(track.box, width=width, height=height)
        return Sighting(
            track_id=track.id,
            label=track.label,
            group=track.group,
            box=track.box,
            origin=track.origin,
            score=track.score,
            rival_score=rival_score(pixels, look.detections()) if self._is_trash else 0.0,
        )

    def _left_sightings(self, look: Look, seen: Sequence[Sighting]) -> list[Sighting]:
        """What somebody left here that the detector has no name for."""
        if self._left is None:
            return []
        width, height = size_of(look.image)
        movers = [
            in_shares(found.box, width=width, height=height)
            for found in look.detections()
            if found.label != TRASH and found.score >= _MOVER_SCORE
        ]
        open_boxes = [spot.box for spot in self._watch.spots if spot.began_at is not None]
        found = self._left.step(look.image, look.at, covered=movers, movers=movers, open_boxes=open_boxes)
        # What lies beside a pile that was reported belongs to it, and the pile is there until all of it is gone.
        reported = [spot for spot in self._watch.spots if spot.began_at is not None]
        if reported:
            left = [spot for spot in reported if spot.track_id <= _LEFT_TRACKS] if found else []
            known = [LeftObject(_LEFT_TRACKS - spot.track_id, spot.anchor) for spot in left]
            return [self._left_sighting(thing, look) for thing in known]
        return [
            self._left_sighting(thing, look)
            for thing in found
            if not any(overlaps(thing.box, other.box) for other in seen)
            and self._area_share(thing.box) >= self._zone.min_area_share
        ]

    def _left_sighting(self, thing: LeftObject, look: Look) -> Sighting:
        width, height = size_of(look.image)
        pixels = in_pixels(thing.box, width=width, height=height)
        return Sighting(
            track_id=_LEFT_TRACKS - thing.number,
            label=TRASH,
            group=TRASH,
            box=thing.box,
            origin=thing.box,
            score=_LEFT_SCORE,
            rival_score=rival_score(pixels, look.detections()),
        )

    def _showing(self, look: Look) -> list[int]:
        if not self._is_trash:
            return []
        before = self._before(look)
        return [number for number, known in self._looks.items() if remains_visible(known, look.image, before)]

    def _compared(self, look: Look) -> dict[int, Comparison | None]:
        """How the spots of vehicles look beside how they did on arrival; a pile may be added to."""
        if self._is_trash:
            return {}
        boxes = {spot.number: spot.box for spot in self._watch.spots if spot.began_at is None}
        return {
            number: compared(known, look.image, _without(look.tracks, boxes[number]))
            for number, known in self._looks.items()
            if number in boxes
        }

    def _store_looks(self, look: Look) -> None:
        numbers = {spot.number for spot in self._watch.spots}
        self._looks = {number: known for number, known in self._looks.items() if number in numbers}
        seen = [spot for spot in self._watch.spots if spot.seen_at == look.at]
        for spot in seen[:MAX_ARRIVALS]:
            # A pile as it was last, a vehicle as it came.
            if not self._is_trash and spot.number in self._looks:
                continue
            before = self._before(look) if self._is_trash else _without(look.tracks, spot.box)
            most = MOST_COVERED if self._is_trash else _VEHICLE_COVERED
            if (known := likeness_of(look.image, spot.box, before, most_covered=most)) is not None:
                self._looks[spot.number] = known

    def _before(self, look: Look) -> list[Box]:
        """What may stand before a thing of this zone's kind."""
        return [track.box for track in look.tracks if track.label not in self._zone.labels]

    def _draft(self, change: DwellChange, look: Look) -> EventDraft:
        key = self._key(change.spot)
        match change:
            case DwellBegan():
                return self._drafter.began(
                    key, self._observation(change.spot, self._opening(change.spot, look)), at=look.at
                )
            case DwellUpdated():
                return self._drafter.updated(key, self._observation(change.spot), at=look.at)
            case DwellEnded():
                departure = make_evidence_image(look, EvidenceRole.DEPARTURE, self._marks(change.spot, "gone"))
                observation = self._observation(change.spot, (departure,))
                # A dwell may end that was last seen before it was reported: the event is then over as it begins.
                ended_at = max(change.at, change.spot.began_at or change.at)
                return self._drafter.ended(key, observation, at=look.at, ended_at=ended_at)
            case _:
                assert_never(change)

    def _observation(self, spot: Spot, evidence_images: tuple[EvidenceImage, ...] = ()) -> EventFacts:
        return EventFacts(
            details=self._details(spot),
            confidence=spot.score,
            severity=self._severity(spot),
            evidence_images=evidence_images,
        )

    def _opening(self, spot: Spot, look: Look) -> tuple[EvidenceImage, ...]:
        text = f"{spot.label} {spot.dwell_seconds():.0f} s"
        threshold = make_evidence_image(look, EvidenceRole.THRESHOLD, self._marks(spot, text))
        arrival = self._arrivals.pop(spot.number, None)
        return (arrival, threshold) if arrival is not None else (threshold,)

    def _store_arrivals(self, look: Look) -> None:
        # Once it is seen again on one spot after a moment: what only drives by is never seen twice on the same one.
        waiting = {spot.number: spot for spot in self._watch.spots if spot.began_at is None}
        self._arrivals = {number: stored for number, stored in self._arrivals.items() if number in waiting}
        for spot in waiting.values():
            dwells = spot.seen_at == look.at and spot.sightings > 1 and spot.dwell_seconds() >= _ARRIVED_SECONDS
            if dwells and spot.number not in self._arrivals and len(self._arrivals) < MAX_ARRIVALS:
                self._arrivals[spot.number] = make_evidence_image(
                    look, EvidenceRole.ARRIVAL, self._marks(spot, "arrived")
                )

    def _marks(self, spot: Spot, text: str) -> EvidenceMarks:
        return EvidenceMarks(outline=self._polygon, box=spot.box, text=text) if self._is_marked else EvidenceMarks()

    def _details(self, spot: Spot) -> ParkingDetails | TrashDetails:
        box = WireBox(x1=spot.box.x1, y1=spot.box.y1, x2=spot.box.x2, y2=spot.box.y2)
        durations = {"dwell_seconds": round(spot.dwell_seconds(), 1), "allowed_seconds": self._zone.allowed_seconds}
        if self._is_trash:
            return TrashDetails(**durations, area_share=self._area_share(spot.box), box=box)
        return ParkingDetails(**durations, label=spot.label, box=box)

    def _severity(self, spot: Spot) -> Severity:
        if self._is_trash:
            return _grade(self._area_share(spot.box), _MODERATE_SHARE, _SEVERE_SHARE)
        return _grade(spot.dwell_seconds() / self._zone.allowed_seconds, _MODERATE_AFTER, _SEVERE_AFTER)

    def _area_share(self, box: Box) -> float:
        inside = share_of_box_in(self._polygon, box) * box.area
        return round(min(1.0, inside / polygon_area(self._polygon)), 4)


def stands_in(polygon: Sequence[Point], box: Box, label: str) -> bool:
    """Whether a vehicle with this bounding box stands in a zone, and not beside it."""
    if share_of_box_in(polygon, box.lower_half) >= _STANDS_INSIDE:
        return True
    if label not in _LONG_VEHICLES or not contains(polygon, box.bottom_centre):
        return False
    return share_of_box_in(polygon, box.lower_half.lower_half) >= _LONG_STANDS_INSIDE


def _as_one_pile(watch: DwellWatch, changes: Sequence[DwellChange]) -> tuple[DwellWatch, tuple[DwellChange, ...]]:
    """What somebody left at once, or beside a reported pile, is one pile: it is reported once, as all of them."""
    due = [change for change in changes if isinstance(change, DwellBegan)]
    left = [change for change in due if change.spot.track_id <= _LEFT_TRACKS]
    reported = {change.spot.number for change in due}
    is_open = any(spot.began_at is not None and spot.number not in reported for spot in watch.spots)
    parts = {change.spot.number for change in (left if is_open else left[1:])}
    spots = tuple(spot for spot in watch.spots if spot.number not in parts)
    return replace(watch, spots=spots), tuple(change for change in changes if change.spot.number not in parts)


def _without(tracks: Sequence[Track], box: Box) -> list[Box]:
    """What else may stand before a thing in that box."""
    return [track.box for track in tracks if iou(track.box, box) < _SAME_THING_IOU]


def _grade(value: float, moderate: float, severe: float) -> Severity:
    if value >= severe:
        return Severity.SEVERE
    return Severity.MODERATE if value >= moderate else Severity.MINOR
