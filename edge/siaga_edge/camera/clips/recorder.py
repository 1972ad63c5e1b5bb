"""Records a clip when an event begins and when it ends: waits, cuts, redacts, and hands the clip to the outbox."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final, Protocol
from uuid import UUID

from siaga_core.rules.geometry import Box
from siaga_core.vision.ports import Detector
from siaga_core.vision.video_files import ClipError
from siaga_core.wire.messages import EventState, EvidenceRole, Hazard, ParkingDetails, SourceKind, TrashDetails
from siaga_edge.camera.clips import mp4
from siaga_edge.camera.clips.clip_counts import ClipCounts
from siaga_edge.camera.clips.packet_ring import PacketCut
from siaga_edge.camera.clips.packet_tap import ClipSource
from siaga_edge.camera.clips.redacted_clip import ClipMarks, EvidenceClip, make_redacted_clip
from siaga_edge.camera.view.masks import Spots
from siaga_edge.events.drafts import StoredStep

log = logging.getLogger(__name__)

BEFORE: Final = timedelta(seconds=5)
AFTER: Final = timedelta(seconds=10)
# A view that was covered or moved counts as lost after five seconds; until then nobody knows what a clip shows.
SETTLING: Final = timedelta(seconds=6)
MOST_WAITING: Final = 64
MOST_CUT_BYTES: Final = 48 * 1024 * 1024
# Images whose view is lost may show what a mask was to hide; a gauge has no images.
_HAZARDS: Final = frozenset({Hazard.ILLEGAL_PARKING, Hazard.TRASH, Hazard.FLOODING})
_ROLES: Final = {EventState.BEGAN: EvidenceRole.THRESHOLD, EventState.ENDED: EvidenceRole.DEPARTURE}


class ClipCamera(Protocol):
    """A camera as the recorder uses it."""

    @property
    def seeing_since(self) -> datetime | None:
        """Since when the view is trusted without a break; None while it is not."""

    @property
    def clips(self) -> ClipSource | None:
        """What clips are made of; None where none are."""


class SealedOriginals(Protocol):
    """Where originals are sealed to a key, if at all."""

    def save_clip(self, camera_id: str, key: str, at: datetime, content: bytes) -> None:
        """Of the event with this key; must not fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedClip:
    """A clip with what it shows. `at` is the moment of the event that it is about."""

    event_id: UUID
    camera_id: str
    hazard: Hazard
    state: EventState
    role: EvidenceRole
    at: datetime
    clip: EvidenceClip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    step: StoredStep
    at: datetime
    due_at: datetime
    cut: PacketCut | None = None
    masks: tuple[Spots, ...] = ()


class ClipRecorder:
    """Run by one thread that calls `tick`; `note` may be called from any thread and returns at once.

    A clip is one look of the detector after another, each followed by a pause as long as the look, so that the cameras
    have the models for themselves most of the time.
    """

    def __init__(
        self,
        camera: Callable[[str], ClipCamera],
        detector: Callable[[], Detector],
        deliver: Callable[[RecordedClip], None],
        *,
        hazards: Callable[[], Sequence[str]],
        clock: Callable[[], datetime],
        originals: SealedOriginals | None = None,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self._camera, self._detector, self._deliver = camera, detector, deliver
        self._hazards, self._clock, self._originals = hazards, clock, originals
        self._stopping = threading.Event()
        self._pause = pause or self._wait
        self._lock = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._cut: deque[_Job] = deque()
        self._looked_at = 0.0
        self.counts = ClipCounts()

    def note(self, steps: Sequence[StoredStep]) -> None:
        """Record clips of the events that began or ended, where clips of their kind are wanted."""
        wanted = frozenset(self._hazards())
        for step in steps:
            if step.source.kind is SourceKind.CAMERA and step.hazard in _HAZARDS and step.hazard in wanted:
                self._expect(step)

    def tick(self) -> None:
        """Makes the clip that is due, or waits a moment for one."""
        self._cut_due()
        if self._cut:
            self._record(self._cut.popleft())
        else:
            self._stopping.wait(0.5)

    def stop(self) -> None:
        """End a clip that is being made; it is given up, as are those that wait."""
        self._stopping.set()

    def _expect(self, step: StoredStep) -> None:
        if step.state not in _ROLES:
            return
        at = step.draft.at if step.draft.ended_at is None else step.draft.ended_at
        due_at = max(at + AFTER, step.draft.at) + SETTLING
        with self._lock:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append(_Job(step=step, at=at, due_at=due_at))
                return
        self._give_up(step, "too many events at once")

    def _cut_due(self) -> None:
        """Cuts what is due out of the rings, which is quick; else a ring would be past it once its turn comes."""
        now = self._clock()
        with self._lock:
            due = [job for job in self._waiting if job.due_at <= now or job.due_at > now + timedelta(minutes=5)]
            for job in due:
                self._waiting.remove(job)
        for job in due:
            try:
                self._cut.append(self._with_cut(job))
            except ClipError as error:
                self._give_up(job.step, str(error))

    def _with_cut(self, job: _Job) -> _Job:
        try:
            camera = self._camera(job.step.source.id)
        except KeyError:
            raise ClipError("the camera is gone") from None
        source, seeing_since = camera.clips, camera.seeing_since
        if seeing_since is None or seeing_since > job.at:
            raise ClipError("the view was not trusted all the time")
        cut = None if source is None else source.cut(max(job.at - BEFORE, seeing_since), job.at + AFTER)
        if source is None or cut is None:
            raise ClipError("the camera sends no video, or its packets are gone")
        if cut.size_bytes + sum(other.cut.size_bytes for other in self._cut if other.cut) > MOST_CUT_BYTES:
            raise ClipError("too many clips wait to be made")
        return _Job(step=job.step, at=job.at, due_at=job.due_at, cut=cut, masks=source.masks)

    def _record(self, job: _Job) -> None:
        assert job.cut is not None  # noqa: S101 - only cut jobs come here
        began, step = monotonic(), job.step
        try:
            self._seal(job, job.cut)
            marks = ClipMarks(masks=job.masks, box=_box_of(step))
            self._looked_at = monotonic()
            clip = make_redacted_clip(job.cut, self._detector(), marks, between=self._rest)
        except ClipError as error:
            self._give_up(step, str(error))
            return
        recorded = RecordedClip(
            event_id=step.event_id, camera_id=step.source.id, hazard=step.hazard, state=step.state,
            role=_ROLES[step.state], at=job.at, clip=clip,
        )  # fmt: skip
        self._deliver(recorded)
        self._note_made(recorded, monotonic() - began)

    def _seal(self, job: _Job, cut: PacketCut) -> None:
        if self._originals is None:
            return
        try:
            original = mp4.copied(cut)
        except ClipError as error:
            log.warning("camera %s: the original of a clip is not sealed: %s", job.step.source.id, error)
            return
        self._originals.save_clip(job.step.source.id, job.step.draft.key, job.at, original)

    def _rest(self) -> None:
        """Between two looks: leaves the models to the cameras, and cuts what has become due meanwhile."""
        if self._stopping.is_set():
            raise ClipError("the agent stops")
        self._cut_due()
        self._pause(monotonic() - self._looked_at)
        self._looked_at = monotonic()

    def _wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _note_made(self, recorded: RecordedClip, seconds: float) -> None:
        clip, before = recorded.clip, self.counts
        self.counts = ClipCounts(
            made=before.made + 1,
            given_up=before.given_up,
            bytes=before.bytes + len(clip.content),
            seconds=before.seconds + seconds,
        )
        log.info(
            "camera %s: clip of %s %s: %.1f s, %d frames, %d regions hidden, %d bytes, made in %.1f s",
            recorded.camera_id, recorded.hazard, recorded.state, clip.duration_seconds, clip.frames, clip.regions,
            len(clip.content), seconds,
        )  # fmt: skip

    def _give_up(self, step: StoredStep, reason: str) -> None:
        self.counts = ClipCounts(
            made=self.counts.made, given_up=self.counts.given_up + 1, bytes=self.counts.bytes,
            seconds=self.counts.seconds,
        )  # fmt: skip
        log.warning("camera %s: no clip of %s %s: %s", step.source.id, step.hazard, step.state, reason)


def _box_of(step: StoredStep) -> Box | None:
    if not isinstance(step.draft.details, ParkingDetails | TrashDetails):
        return None
    box = step.draft.details.box
    return Box(box.x1, box.y1, box.x2, box.y2)
