"""Zones where something may not stay: vehicles where stopping is forbidden, trash anywhere that is watched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import assert_never

from siaga_core.rules import dwell
from siaga_core.rules.dwell import DwellBegan, DwellChange, DwellEnded, DwellPolicy, DwellUpdated, DwellWatch, Spot
from siaga_core.rules.geometry import Box, Point, contains, polygon_area, share_of_box_in
from siaga_core.vision.detections import TRASH, Detection, in_pixels
from siaga_core.vision.image import size_of
from siaga_core.wire.messages import Box as WireBox
from siaga_core.wire.messages import EvidenceRole, ParkingDetails, Severity, TrashDetails
from siaga_edge.camera.detection.likeness import Likeness, likeness_of, remains_visible
from siaga_edge.camera.detection.look import Look
from siaga_edge.camera.detection.tracker import Track
from siaga_edge.camera.detection.zoom import MISTAKEN_SHARE, region_around, rival_score
from siaga_edge.camera.zones.dwell_store import ZoneMemory
from siaga_edge.camera.zones.event_drafts import EventDrafter, EventFacts
from siaga_edge.camera.zones.evidence_images import EvidenceMarks, make_evidence_image
from siaga_edge.events.drafts import EventDraft, EvidenceImage
from siaga_edge.settings import CameraSettings, ZoneSettings

MAX_ARRIVALS = 24
_ARRIVED_SECONDS = 0.4
_VEHICLE_GAP_SECONDS, _TRASH_GAP_SECONDS = 10.0, 20.0
# Small boxes wobble more in proportion.
_VEHICLE_SPOT_IOU, _TRASH_SPOT_IOU = 0.5, 0.3
_TRASH_INSIDE = 0.5
# What stands there is seen in most looks. What was seen twice and then no more for a while has moved on; what comes to
# the same spot later, as in a queue, must not be taken for it.
_VEHICLE_SEEN_SHARE, _TRASH_SEEN_SHARE = 0.34, 0.5
# A pile is seen surely, what only looks like one with scores around the threshold.
_TRASH_SURER = 1.2
# A dwell is proven by several close looks; trash by more, as nothing else looks for it, but a vehicle may not be missed
# for as long.
_VEHICLE_CLOSE_LOOKS, _TRASH_CLOSE_LOOKS = 6, 8
_VEHICLE_CLOSE_SECONDS, _TRASH_CLOSE_SECONDS = (1.5, 3.0), (1.0, 10.0)
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
        self._looks: dict[int, Likeness] = {}
        self.region = region_around(self._polygon)
        self.crops_at: datetime | None = None
        self._stepped_at: datetime | None = None
        trash = self._is_trash
        shortest, longest = _TRASH_CLOSE_SECONDS if trash else _VEHICLE_CLOSE_SECONDS
        looks = _TRASH_CLOSE_LOOKS if trash else _VEHICLE_CLOSE_LOOKS
        self._crops_every = min(longest, max(shortest, zone.allowed_seconds / looks))
        self._policy = DwellPolicy(
            allowed_seconds=zone.allowed_seconds,
            gap_seconds=_TRASH_GAP_SECONDS if trash else _VEHICLE_GAP_SECONDS,
            same_spot_iou=_TRASH_SPOT_IOU if trash else _VEHICLE_SPOT_IOU,
            least_seen_share=_TRASH_SEEN_SHARE if trash else _VEHICLE_SEEN_SHARE,
            least_score=thresholds.get(TRASH, 0.0) * _TRASH_SURER if trash else 0.0,
            # In the mean of a stay: a bag that was called a car in a single look is still a bag.
            most_rival_share=MISTAKEN_SHARE if trash else 1.0,
        )

    @property
    def _is_trash(self) -> bool:
        return self._zone.kind == "watch"

    def is_due(self, at: datetime) -> bool:
        """Whether a dwell has become too long since the last look, so that it is time to see whether it goes on."""
        since = self._stepped_at
        return since is not None and dwell.comes_due(self._watch, self._policy, since=since, at=at)

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
        inside = [self._sighting(track, look) for track in look.tracks if self.concerns(track)]
        sightings = inside if self._zone.is_active(look.at) else []
        others = [track.box for track in look.tracks]
        showing = self._showing(look)
        self._watch, changes = dwell.step(
            self._watch, sightings, at=look.at, policy=self._policy, others=others, showing=showing
        )
        self._store_looks(look)
        drafts = [self._draft(change, look) for change in changes]
        self._store_arrivals(look)
        return drafts

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
            return contains(self._polygon, track.box.bottom_centre)
        inside = share_of_box_in(self._polygon, track.box)
        return inside >= _TRASH_INSIDE and self._area_share(track.box) >= self._zone.min_area_share

    def _sighting(self, track: Track, look: Look) -> dwell.Sighting:
        width, height = size_of(look.image)
        pixels = in_pixels(track.box, width=width, height=height)
        return dwell.Sighting(
            track_id=track.id,
            label=track.label,
            group=track.group,
            box=track.box,
            origin=track.origin,
            score=track.score,
            rival_score=rival_score(pixels, look.detections()) if self._is_trash else 0.0,
        )

    def _showing(self, look: Look) -> list[int]:
        before = self._before(look)
        return [number for number, known in self._looks.items() if remains_visible(known, look.image, before)]

    def _store_looks(self, look: Look) -> None:
        numbers = {spot.number for spot in self._watch.spots}
        self._looks = {number: known for number, known in self._looks.items() if number in numbers}
        seen = [spot for spot in self._watch.spots if spot.seen_at == look.at] if self._is_trash else []
        before = self._before(look)
        for spot in seen[:MAX_ARRIVALS]:
            if (known := likeness_of(look.image, spot.box, before)) is not None:
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


def _grade(value: float, moderate: float, severe: float) -> Severity:
    if value >= severe:
        return Severity.SEVERE
    return Severity.MODERATE if value >= moderate else Severity.MINOR
