"""Roads that may go under water."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from siaga_core.rules import depth, flooding
from siaga_core.rules.flooding import FloodChanged, FloodPolicy, FloodWatch
from siaga_core.rules.geometry import Point
from siaga_core.rules.looks import look_budget
from siaga_core.vision.image import Image
from siaga_core.wire.messages import EvidenceRole, FloodingDetails, Severity, ViewDetails
from siaga_edge.camera.detection.look import Look
from siaga_edge.camera.view.view_check import LostReason
from siaga_edge.camera.zones.depth_marks import DepthMarks
from siaga_edge.camera.zones.event_drafts import EventDrafter, EventFacts
from siaga_edge.camera.zones.evidence_images import EvidenceMarks, make_evidence_image
from siaga_edge.camera.zones.look_events import LookEvents
from siaga_edge.events.drafts import EventDraft
from siaga_edge.settings import CameraSettings, ZoneSettings
from siaga_edge.vision.ports import WaterSegmenter
from siaga_edge.vision.water import WaterMap

_LEAST_WINDOW_SECONDS = 20.0
_LOOKS_IN_WINDOW, _LEAST_LOOKS = 4.5, 3
_SEVERE_SHARE = 0.6
_SURE_TIMES = 1.5
# Above the road: enough to see where it ends. A smaller part than that of the image is not worth cutting off.
_ABOVE, _LEAST_CUT = 0.05, 0.15
_MAX_UPDATE_IMAGES = 8
_UNSEEN_LOOKS = 2  # one alone may be the moment in which the camera's filter turns
_RANK = tuple(Severity)
_SEVERITY_MEMORY = timedelta(minutes=5)
_DEPTH_PAUSE = timedelta(seconds=30)  # water that laps at a mark is not reported at each look
_ROLES = {"began": EvidenceRole.THRESHOLD, "updated": EvidenceRole.UPDATE, "ended": EvidenceRole.DEPARTURE}


def look_for_water(segmenter: WaterSegmenter, image: Image, roads: Sequence[RoadZone]) -> WaterMap:
    """Where the image shows water from the top of the highest road downwards; raises `LookError`.

    Houses, trees and sky above would only take the segmenter's pixels away from the roads.
    """
    top = min(road.top for road in roads) - _ABOVE
    if top < _LEAST_CUT:
        return segmenter.look(image)
    height = image.shape[0]
    cut = round(top * height)
    below = segmenter.look(np.ascontiguousarray(image[cut:]))
    rows = round(below.probability.shape[0] * cut / (height - cut))
    above = np.zeros((rows, below.probability.shape[1]), np.float32)
    return replace(below, probability=np.concatenate([above, below.probability]))


class RoadZone:
    """One road region; remembers its shares of water."""

    def __init__(self, camera: CameraSettings, zone: ZoneSettings) -> None:
        self._key, self._view_key = f"road:{zone.id}", f"view:{zone.id}"
        self._unknown: LostReason | None = None
        self._unseen_looks = 0
        self._drafter = EventDrafter(camera, zone)
        self._is_marked = camera.evidence_marks
        self._polygon = tuple(Point(x, y) for x, y in zone.polygon)
        self._watch = FloodWatch()
        self._depth = DepthMarks(camera, zone)
        self._reported_depth_cm: float | None = None
        self._reported_at: datetime | None = None
        self._update_images = 0
        self._seen_certainty = 0.0
        self._severities: tuple[tuple[datetime, Severity], ...] = ()
        window = max(_LEAST_WINDOW_SECONDS, camera.water_every_seconds * _LOOKS_IN_WINDOW)
        gap = look_budget.longest_gap(window / _LEAST_LOOKS, frame_seconds=camera.frame_seconds)
        self._look_events = LookEvents(self._drafter, f"view:road:{zone.id}", gap_seconds=gap)
        self._policy = FloodPolicy(
            flooded_share=zone.flooded_share,
            clear_share=zone.clear_share,
            severe_share=max(_SEVERE_SHARE, (1 + zone.flooded_share) / 2),
            window_seconds=window,
            sure_share=min(zone.flooded_share * _SURE_TIMES, (1 + zone.flooded_share) / 2),
        )

    @property
    def top(self) -> float:
        """Where the road, or its highest mark, ends towards the horizon, as a share of the image's height."""
        return min(self._depth.top, *(point.y for point in self._polygon))

    @property
    def depth_cm(self) -> float | None:
        """How deep the road is by its marks; None where none is under water or none can be seen."""
        return self._depth.depth_cm

    @property
    def slow_since(self) -> datetime | None:
        """Since when it is looked at too seldom; None while it is not."""
        return self._look_events.slow_since

    @property
    def outline(self) -> tuple[Point, ...]:
        """The road's polygon, in shares of the image."""
        return self._polygon

    @property
    def is_flooded(self) -> bool:
        """Whether a flood is open, or a look saw one that is not reported yet."""
        return self._watch.is_flooded or self.in_doubt

    @property
    def in_doubt(self) -> bool:
        """Whether one of the latest looks saw a flood that is not reported yet."""
        return flooding.in_doubt(self._watch, self._policy)

    def step(self, look: Look, water: WaterMap) -> list[EventDraft]:
        """Takes one look for water and returns what changed."""
        seen_again = [*self._look_events.step(look.at, is_after_loss=look.is_after_loss), *self._sees(look.at)]
        hidden_by = [track.box for track in look.tracks]
        share = water.share_in(self._polygon, hidden_by=hidden_by)
        self._depth.see(water, hidden_by=hidden_by, at=look.at)
        self._watch, change = flooding.step(self._watch, share, at=look.at, policy=self._policy)
        if change is None and self._has_new_depth(look.at):
            self._watch, change = flooding.repeat_update(self._watch, at=look.at)
        return seen_again if change is None else [*seen_again, self._draft(change, look, water)]

    def _has_new_depth(self, at: datetime) -> bool:
        is_due = self._reported_at is None or not timedelta(0) <= at - self._reported_at < _DEPTH_PAUSE
        return self._watch.is_flooded and is_due and self.depth_cm != self._reported_depth_cm

    def cannot_see(self, at: datetime, reason: LostReason) -> list[EventDraft]:
        """Whether the road is flooded is unknown from now on; a flood that was seen stays open."""
        self._unseen_looks += 1
        self._look_events.pause()
        if self._unknown is not None or self._unseen_looks < _UNSEEN_LOOKS:
            return []
        self._unknown = reason
        return [self._drafter.began(self._view_key, _unseen(reason), at=at)]

    def _sees(self, at: datetime) -> list[EventDraft]:
        self._unseen_looks = 0
        if self._unknown is None:
            return []
        reason, self._unknown = self._unknown, None
        return [self._drafter.ended(self._view_key, _unseen(reason), at=at, ended_at=at)]

    def _draft(self, change: FloodChanged, look: Look, water: WaterMap) -> EventDraft:
        observation = self._observation(change, look, water)
        match change.state:
            case "began":
                self._update_images = 0
                return self._drafter.began(self._key, observation, at=look.at)
            case "updated":
                self._update_images += 1
                return self._drafter.updated(self._key, observation, at=look.at)
            case "ended":
                return self._drafter.ended(self._key, observation, at=look.at, ended_at=look.at)

    def _observation(self, change: FloodChanged, look: Look, water: WaterMap) -> EventFacts:
        wanted = change.state != "updated" or self._update_images < _MAX_UPDATE_IMAGES
        marks = (
            EvidenceMarks(outline=self._polygon, water=water, depth=self._depth.seen)
            if self._is_marked
            else EvidenceMarks()
        )
        self._reported_depth_cm, self._reported_at = self.depth_cm, look.at
        by_share = Severity(flooding.severity(change.share, self._policy))
        by_depth = Severity(depth.severity(self._reported_depth_cm) or by_share)
        certainty = self._certainty(change, water)
        by_time = self._severity(max(by_share, by_depth, key=_RANK.index), change)
        return EventFacts(
            details=FloodingDetails(
                water_share=round(change.share, 4),
                share_per_minute=round(change.share_per_minute, 4),
                depth_cm=self._reported_depth_cm,
            ),
            # A road that is clear again is as sure as the dry pixels are.
            confidence=1 - certainty if change.state == "ended" else certainty,
            severity=by_time,
            evidence_images=(make_evidence_image(look, _ROLES[change.state], marks),) if wanted else (),
        )

    def _certainty(self, change: FloodChanged, water: WaterMap) -> float:
        """Of this look; of the last that saw water where an open flood is hidden in this one."""
        certainty = water.certainty_in(self._polygon)
        if change.state == "updated" and not certainty:
            return self._seen_certainty
        self._seen_certainty = certainty
        return certainty

    def _severity(self, now: Severity, change: FloodChanged) -> Severity:
        """Never lower than a few minutes ago: water that things float on is not shallower."""
        if change.state == "began":
            self._severities = ()
        oldest = change.at - _SEVERITY_MEMORY
        self._severities = (*((at, each) for at, each in self._severities if at >= oldest), (change.at, now))
        return max((each for _, each in self._severities), key=_RANK.index)


def _unseen(reason: LostReason) -> EventFacts:
    return EventFacts(details=ViewDetails(reason=reason), confidence=1.0, severity=Severity.MINOR)
