"""Everything that is done with one camera's frames; time is an argument, so a clip gives the same events each time.

Frame -> can it be trusted? -> does anything move? -> detector, tracker, stays; on a clock -> water, roads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from siaga_core.rules.geometry import Box
from siaga_core.rules.looks.look_budget import LookRate
from siaga_core.rules.verification.recheck import Glance
from siaga_core.vision.anonymise import redacted
from siaga_core.vision.detections import Detection, in_shares
from siaga_core.vision.errors import LookError
from siaga_core.vision.image import Image, size_of
from siaga_core.wire.messages import EvidenceRole, Severity, ViewDetails
from siaga_edge.camera.detection import tracker
from siaga_edge.camera.detection.look import Look
from siaga_edge.camera.detection.look_pace import LookPace
from siaga_edge.camera.detection.tracker import Tracks
from siaga_edge.camera.detection.zoom import without_mistaken_trash
from siaga_edge.camera.frame_examiner import FrameExaminer
from siaga_edge.camera.recheck import FrameExamination, RecheckRequest
from siaga_edge.camera.staff_gauges.staff_gauge_reader import StaffGaugeReader
from siaga_edge.camera.view.masks import hidden_by
from siaga_edge.camera.view.motion import MotionGate, small_grey
from siaga_edge.camera.view.scene_check import ReferenceStore, SceneCheck
from siaga_edge.camera.view.view_check import LostReason, ViewCheck, ViewPolicy, is_infrared
from siaga_edge.camera.zones.dwell_store import ZoneMemory
from siaga_edge.camera.zones.dwell_zones import DwellZone
from siaga_edge.camera.zones.event_drafts import EventDrafter, EventFacts
from siaga_edge.camera.zones.evidence_images import EvidenceMarks, make_evidence_image
from siaga_edge.camera.zones.road_zones import RoadZone, look_for_water
from siaga_edge.events.drafts import EventDraft, EvidenceImage
from siaga_edge.settings import CameraSettings
from siaga_edge.vision.models import VisionModels
from siaga_edge.vision.water import WaterMap

log = logging.getLogger(__name__)

_DOUBT_SECONDS = 0.5  # between looks for water after one that saw a flood which is not reported yet
_MOST_PARTS = 4  # of an image that are looked at closely at a time; the others wait for the next look
_UNSURE = 0.6  # of a label's threshold: enough for what is already followed
_LEAST_FROZEN_SECONDS = 30.0
_VIEW_KEY = "view"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineCounts:
    """What a pipeline counted since it began."""

    frames: int = 0
    detected: int = 0
    watered: int = 0
    failed: int = 0


class OriginalStore(Protocol):
    """Where originals of evidence are stored, if at all."""

    def save(self, camera_id: str, key: str, at: datetime, image: Image) -> None:
        """Of the event with this key; must not fail."""


class CameraPipeline:
    """One camera. `step` for each frame, `lost` when there is none; both give the events that came of it."""

    def __init__(
        self,
        camera: CameraSettings,
        vision_models: VisionModels,
        *,
        store: ReferenceStore | None = None,
        look_rate_factor: Callable[[datetime], float] = lambda _: 1.0,
        originals: OriginalStore | None = None,
        staffs: StaffGaugeReader | None = None,
    ) -> None:
        self._look_rate_factor, self._originals, self._staffs = look_rate_factor, originals, staffs
        self._pace = LookPace(camera, look_rate_factor)
        self._is_after_loss = False
        self._camera = camera
        self._vision_models = vision_models
        self._thresholds = {**vision_models.detector.thresholds, **camera.thresholds}
        self._dwells = [DwellZone(camera, zone, self._thresholds) for zone in camera.zones if zone.kind != "road"]
        self._roads = [RoadZone(camera, zone) for zone in camera.zones if zone.kind == "road"]
        self._drafter = EventDrafter(camera)
        self._motion = MotionGate()
        frozen = max(_LEAST_FROZEN_SECONDS, 3 * camera.unknown_after_seconds)
        self._scene = SceneCheck(store=store, hidden=hidden_by(camera.masks)) if camera.follow_view else None
        self._view = ViewCheck(ViewPolicy(frozen_seconds=frozen), self._scene)
        self._tracks = Tracks()
        self._fault: LostReason | None = None
        self._detected_at: datetime | None = None
        self._water_at: datetime | None = None
        self._answered_at: datetime | None = None
        self._unknown: tuple[datetime, LostReason] | None = None
        self.counts = PipelineCounts()

    @property
    def unknown_since(self) -> datetime | None:
        """Since when nothing can be said of the scene; None while it can."""
        return self._unknown[0] if self._unknown else None

    @property
    def look_rate(self) -> LookRate | None:
        """How often the detector was wanted and looked over the last seconds; None while that is not known."""
        return self._pace.rate if self._dwells else None

    @property
    def slow_since(self) -> datetime | None:
        """Since when some zone is looked at too seldom to decide anything about it; None while none is."""
        slow = [*(zone.slow_since for zone in self._dwells), *(zone.slow_since for zone in self._roads)]
        return min((since for since in slow if since is not None), default=None)

    def step(self, image: Image, at: datetime) -> list[EventDraft]:
        """Takes a frame; frames must come in order of time."""
        self.counts = replace(self.counts, frames=self.counts.frames + 1)
        grey = small_grey(image)
        moving = self._motion.moves(grey)
        if self._staffs is not None and self._scene is not None and self._staffs.drawn_anew():
            self._scene.forget()
        fault, lasting = self._view.fault(grey, at)
        self._fault = fault
        if fault is not None:
            self._lose()
            self._cannot_read_staffs(at, fault)
            return self.lost(at, fault) if lasting else []
        try:
            look = self._look(image, at)
            self._read_staffs(look)
            drafts = self._looked(look, moving=moving)
        except LookError as error:
            return self._unanswered(at, error)
        self._store_originals(look, drafts)
        return [*self._reappeared(at), *drafts]

    def lost(self, at: datetime, reason: LostReason) -> list[EventDraft]:
        """The scene is unknown from now on. What was open stays open: not seen is not the same as gone."""
        self._cannot_read_staffs(at, reason)
        self._lose()
        if self._unknown is not None and self._unknown[1] == reason:
            return []
        observation = _view_observation(reason)
        if self._unknown is not None:
            self._unknown = (self._unknown[0], reason)
            return [self._drafter.updated(_VIEW_KEY, observation, at=at)]
        self._unknown = (at, reason)
        return [self._drafter.began(_VIEW_KEY, observation, at=at)]

    def _lose(self) -> None:
        self._is_after_loss = True
        self._pace.pause()

    def dwells(self) -> Mapping[str, ZoneMemory]:
        """What each zone knows of the dwells in it, by `kind:id`."""
        return {zone.name: zone.memory() for zone in self._dwells}

    def recall(self, zones: Mapping[str, ZoneMemory]) -> None:
        """Before the first frame: goes on with the dwells of before a restart, in zones that are still there."""
        for zone in self._dwells:
            if zone.name in zones:
                zone.recall(zones[zone.name])

    def examine(self, image: Image, at: datetime, request: RecheckRequest) -> FrameExamination:
        """What the frame of the last `step` shows of what was asked for; changes nothing that is remembered."""
        if self._fault is not None:
            return FrameExamination(glance=Glance(unseen=self._fault))
        look = self._look(image, at)
        look.crops = tuple(dict.fromkeys(zone.region for zone in self._dwells if zone.region is not None))
        examiner = FrameExaminer(camera=self._camera, vision_models=self._vision_models, dwells=self._dwells)
        try:
            sure, unsure = self._sorted(look, without_mistaken_trash(look.detections()))
            return examiner.examined(look, [*sure, *unsure], request)
        except LookError:
            return FrameExamination(glance=Glance(unseen="no_answer"))

    def render_snapshot(self, image: Image, at: datetime, *, max_side: int) -> EvidenceImage | None:
        """The frame of the last `step`, redacted; None where it cannot be trusted or nobody says whom to hide."""
        if self._fault is not None:
            return None
        try:
            return make_evidence_image(self._look(image, at), EvidenceRole.UPDATE, EvidenceMarks(), max_side=max_side)
        except LookError:
            return None

    def _look(self, image: Image, at: datetime) -> Look:
        # Zones are drawn for the image of before, so an image that has shifted a little is moved back under them.
        aligned = image if self._scene is None else self._scene.aligned(image)
        return Look(image=aligned, at=at, detector=self._vision_models.detector)

    def _read_staffs(self, look: Look) -> None:
        if self._staffs is None or not self._staffs.has_staffs:
            return
        height = size_of(look.image)[1]
        shift_px = 0.0 if self._scene is None else self._scene.unnoticed_share * height
        self._staffs.see(look.image, look.at, water=self._vision_models.water, shift_px=shift_px)
        # Elsewhere a look of the detector renews the reference, of which people must be hidden.
        if not self._dwells and not self._roads and self._scene is not None and self._scene.renewal_due(look.at):
            self._renew_reference(look)

    def _cannot_read_staffs(self, at: datetime, reason: LostReason) -> None:
        if self._staffs is not None:
            self._staffs.blind(at, reason)

    def _store_originals(self, look: Look, drafts: list[EventDraft]) -> None:
        if self._originals is None:
            return
        for draft in drafts:
            if any(evidence_image.taken_at == look.at for evidence_image in draft.evidence_images):
                self._originals.save(self._camera.id, draft.key, look.at, look.image)

    def _renew_reference(self, look: Look) -> None:
        if self._scene is not None and self._scene.renewal_due(look.at):
            self._scene.renew(small_grey(redacted(look.image, look.detections())), look.at)

    def _reappeared(self, at: datetime) -> list[EventDraft]:
        if self._unknown is None:
            return []
        reason, self._unknown = self._unknown[1], None
        return [self._drafter.ended(_VIEW_KEY, _view_observation(reason), at=at, ended_at=at)]

    def _looked(self, look: Look, *, moving: bool) -> list[EventDraft]:
        times_as_often = self._look_rate_factor(look.at)
        water_every = self._water_every() / times_as_often
        water_due = bool(self._roads) and _is_due(self._water_at, look.at, water_every)
        every = self._pace.interval(look.at, moving=moving)
        detect_due = _is_due(self._detected_at, look.at, every)
        detect_due = detect_due or any(zone.is_due(look.at) for zone in self._dwells)
        if not self._dwells and not self._roads:
            self._answered_at = look.at
        if (detect_due and self._dwells) or water_due:
            look.crops = self._parts(look.at)
            look.flooded = tuple(road.outline for road in self._roads if road.is_flooded)
            look.is_after_loss, self._is_after_loss = self._is_after_loss, False
        self._pace.note(look.at, interval=every, looked=detect_due or water_due)
        # Both models answer before any rule takes a step, so that a missing answer cannot lose an event.
        water = self._water(look) if water_due else None
        drafts: list[EventDraft] = []
        # Water looks need boxes as well: to leave out what stands on the road, and to hide people in evidence.
        if (detect_due and self._dwells) or water_due:
            drafts += self._detected(look)
        if water is not None:
            drafts += [draft for zone in self._roads for draft in zone.step(look, water)]
        elif water_due:
            drafts += [draft for zone in self._roads for draft in zone.cannot_see(look.at, "infrared")]
        return drafts

    def _detected(self, look: Look) -> list[EventDraft]:
        sure, unsure = self._sorted(look, look.detections())
        self._tracks, look.tracks = tracker.step(self._tracks, sure=sure, unsure=unsure, at=look.at)
        self._detected_at = self._answered_at = look.at
        self.counts = replace(self.counts, detected=self.counts.detected + 1)
        self._renew_reference(look)
        return [draft for zone in self._dwells for draft in zone.step(look)]

    def _water_every(self) -> float:
        every = self._camera.water_every_seconds
        return min(every, _DOUBT_SECONDS) if any(road.in_doubt for road in self._roads) else every

    def _parts(self, at: datetime) -> tuple[Box, ...]:
        by_need = sorted(self._dwells, key=lambda zone: zone.crops_at or _NEVER)
        wanted = (zone.wanted_crop(at) for zone in by_need)
        return tuple(dict.fromkeys(part for part in wanted if part is not None))[:_MOST_PARTS]

    def _water(self, look: Look) -> WaterMap | None:
        look.detections()
        # The segmenter sees no water in infrared images, which is not the same as none.
        water = None if is_infrared(look.image) else look_for_water(self._vision_models.water, look.image, self._roads)
        self._water_at = look.at
        self.counts = replace(self.counts, watered=self.counts.watered + (water is not None))
        return water

    def _sorted(self, look: Look, detections: Sequence[Detection]) -> tuple[list[Detection], list[Detection]]:
        width, height = size_of(look.image)
        sure: list[Detection] = []
        unsure: list[Detection] = []
        for found in detections:
            threshold = self._thresholds.get(found.label, 1.0)
            if found.score >= threshold * _UNSURE:
                box = in_shares(found.box, width=width, height=height)
                shares = Detection(label=found.label, score=found.score, box=box)
                (sure if found.score >= threshold else unsure).append(shares)
        return sure, unsure

    def _unanswered(self, at: datetime, error: LookError) -> list[EventDraft]:
        if not self.counts.failed:
            log.warning("camera %s: the models did not process a frame: %s", self._camera.id, error)
        self.counts = replace(self.counts, failed=self.counts.failed + 1)
        self._answered_at = self._answered_at or at
        silent = at - self._answered_at >= timedelta(seconds=self._camera.unknown_after_seconds)
        return self.lost(at, "no_frames") if silent else []


def _is_due(last: datetime | None, at: datetime, every_seconds: float) -> bool:
    if last is None or at < last:  # a clock that was set back must not blind the camera until it catches up
        return True
    # Frames come at their own beat: half a millisecond early is on time.
    return (at - last).total_seconds() >= every_seconds - 5e-4


def _view_observation(reason: LostReason) -> EventFacts:
    return EventFacts(details=ViewDetails(reason=reason), confidence=1.0, severity=Severity.MODERATE)
