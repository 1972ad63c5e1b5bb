"""Runs one camera: newest frame to pipeline to event registry."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from siaga_core.rules.looks.look_budget import SLOW_SECONDS, LookRate
from siaga_core.wire.messages import CameraHealth, EventState, ViewDetails
from siaga_edge.camera.live_view import LiveView, LiveViews
from siaga_edge.camera.recheck import FrameExamination, RecheckAnswer, RecheckQueue, RecheckRequest
from siaga_edge.events.drafts import EventDraft, EventSink, EvidenceImage

if TYPE_CHECKING:
    from siaga_edge.camera.clips.packet_tap import ClipSource

log = logging.getLogger(__name__)

_MOST_UNREPORTED = 200
_CLOCK_SET_BACK = timedelta(seconds=1)


class Frame(Protocol):
    """An image and when it was taken."""

    @property
    def image(self) -> Any:
        """The pixels, each as blue, green and red."""

    @property
    def at(self) -> datetime:
        """When the frame was taken, as an aware time."""


class LatestFrameSource(Protocol):
    """Where a capture lays its newest frame."""

    def next_frame(self, *, timeout_seconds: float) -> Frame | None:
        """The newest frame that was not taken yet; None when none came in time."""


class CaptureCounts(Protocol):
    """What a capture counted since it began."""

    @property
    def frames(self) -> int:
        """How many frames were decoded."""

    @property
    def dropped(self) -> int:
        """How many frames were replaced by newer ones unseen."""

    @property
    def reconnects(self) -> int:
        """How often the stream was opened again after the first time."""

    @property
    def clock_offset_seconds(self) -> float | None:
        """The camera's clock less the node's; None where the stream carries no time."""


class Capture(Protocol):
    """Stays connected to a camera by itself."""

    @property
    def newest(self) -> LatestFrameSource:
        """Where the newest frame can be fetched."""

    @property
    def counts(self) -> CaptureCounts:
        """What the capture counted so far."""

    def start(self) -> None:
        """Start to connect; returns at once."""

    def stop(self) -> None:
        """Stop the capture, which may take some seconds."""


class PipelineCounts(Protocol):
    """What a pipeline counted since it began."""

    @property
    def detected(self) -> int:
        """How often the detector looked."""

    @property
    def watered(self) -> int:
        """How often the water segmenter looked."""

    @property
    def failed(self) -> int:
        """Looks that were due and got no answer."""


class Pipeline(Protocol):
    """Turns frames into drafts of events."""

    def step(self, image: Any, at: datetime) -> list[EventDraft]:
        """Takes a frame; frames come in order of time."""

    def lost(self, at: datetime, reason: Any) -> list[EventDraft]:
        """The scene is unknown from now on."""

    def examine(self, image: Any, at: datetime, request: RecheckRequest) -> FrameExamination:
        """What the frame of the last `step` shows of what was asked for; changes nothing that is remembered."""

    def render_snapshot(self, image: Any, at: datetime, *, max_side: int) -> EvidenceImage | None:
        """The frame of the last `step`, redacted; None where it cannot be trusted."""

    @property
    def unknown_since(self) -> datetime | None:
        """Since when nothing can be said of the scene."""

    @property
    def counts(self) -> PipelineCounts:
        """How often the models of the pipeline looked."""

    @property
    def slow_since(self) -> datetime | None:
        """Since when some zone is looked at too seldom to decide anything about it."""

    @property
    def look_rate(self) -> LookRate | None:
        """How often the detector was wanted and looked over the last seconds."""


class DwellRecord(Protocol):
    """Where a pipeline's stays outlive a restart."""

    def recall(self, pipeline: Any, *, at: datetime) -> None:
        """Before the pipeline's first frame, which was taken `at`."""

    def note(self, pipeline: Any, *, at: datetime, at_once: bool = False) -> None:
        """After what came of a frame was reported; writes when it is time, or `at_once`."""


class CameraRunner:
    """One camera, run by one thread that calls `tick`."""

    def __init__(
        self,
        camera_id: str,
        capture: Capture,
        pipeline: Pipeline,
        *,
        sink: EventSink,
        clock: Callable[[], datetime],
        unknown_after_seconds: float,
        dwells: DwellRecord | None = None,
        clips: ClipSource | None = None,
    ) -> None:
        self.clips = clips
        self._dwells, self._has_recalled = dwells, False
        self.id = camera_id
        self._capture, self._pipeline, self._sink, self._clock = capture, pipeline, sink, clock
        self._unknown_after = timedelta(seconds=unknown_after_seconds)
        self._waiting_since = clock()
        self._frame_at: datetime | None = None
        self._seeing_since: datetime | None = None
        self._unreported: list[EventDraft] = []
        self._looks, self._shows, self._local_shows = RecheckQueue(), LiveViews(), LiveViews()
        self._next: tuple[Pipeline, timedelta, Callable[[], None]] | None = None
        self.latency_seconds: float | None = None
        self._busy_since: datetime | None = None

    def adopt(self, pipeline: Pipeline, *, unknown_after_seconds: float, before: Callable[[], None]) -> None:
        """From the next frame on, another pipeline looks; the camera stays connected. `before` is called in between."""
        self._next = (pipeline, timedelta(seconds=unknown_after_seconds), before)

    def recheck(self, request: RecheckRequest, notify: Callable[[RecheckAnswer], None]) -> None:
        """Looks at what is asked for in the next seconds and tells once; returns at once. From any thread."""
        self._looks.request(request, notify, now=self._clock())

    def show(self, show: LiveView) -> None:
        """Shows the next frames to somebody; returns at once. From any thread."""
        self._shows.begin(show)

    def show_locally(self, show: LiveView) -> None:
        """Shows the next frames on the status page, whoever else is shown the camera. From any thread."""
        self._local_shows.begin(show)

    def start(self) -> None:
        """Start to connect to the camera; returns at once."""
        self._capture.start()

    def tick(self, wait_seconds: float = 0.5) -> None:
        """Takes the newest frame, or notices that none comes. Raises what the sink raises; nothing is lost by it."""
        frame = self._capture.newest.next_frame(timeout_seconds=wait_seconds)
        self._change_over()
        if frame is not None and self._is_next(frame.at):
            self._recall(frame.at)
            self._frame_at = frame.at
            self._busy_since = self._waiting_since = self._clock()
            try:
                self._unreported += self._pipeline.step(frame.image, frame.at)
            finally:
                self._busy_since = None
            self._looks.frame(self._pipeline, frame.image, frame.at)
            self._shows.frame(self._pipeline, frame.image, frame.at, now=self._clock())
            self._local_shows.frame(self._pipeline, frame.image, frame.at, now=self._clock())
            self.latency_seconds = max(0.0, (self._clock() - frame.at).total_seconds())
        elif self._clock() - self._waiting_since >= self._unknown_after:
            self._unreported += self._pipeline.lost(self._clock(), "no_frames")
        self._note_view(got_frame=frame is not None)
        self._looks.tick(self._clock())
        # After the report: a dwell that counts as reported must have been reported.
        self._store_dwells(at_once=self._report())

    def _is_next(self, at: datetime) -> bool:
        # A frame much older than the last one means that the clock was set back, not that it is an old frame.
        return self._frame_at is None or at > self._frame_at or at < self._frame_at - _CLOCK_SET_BACK

    def close(self) -> None:
        """Store the dwells and stop the capture."""
        self._store_dwells(at_once=True)
        self._capture.stop()

    @property
    def seeing_since(self) -> datetime | None:
        """Since when the scene has been seen without a break; None while it is unknown."""
        return self._seeing_since

    def seeing_seconds(self, now: datetime) -> float:
        """For how long the scene has been seen without a break; 0 while it is unknown."""
        return (now - self._seeing_since).total_seconds() if self._seeing_since else 0.0

    def health(self) -> CameraHealth:
        """The camera since the node started."""
        counts, looks, rate = self._capture.counts, self._pipeline.counts, self._pipeline.look_rate
        slow_since = self._pipeline.slow_since or self._stuck_since()
        return CameraHealth(
            id=self.id,
            unknown_since=self._pipeline.unknown_since or slow_since,
            frames=counts.frames,
            dropped=counts.dropped,
            inferred=looks.detected + looks.watered,
            reconnects=counts.reconnects,
            last_frame_at=self._frame_at,
            dropped_looks=looks.failed,
            clock_offset_seconds=counts.clock_offset_seconds,
            looks_wanted_per_second=round(rate.wanted, 3) if rate else None,
            looks_per_second=round(rate.achieved, 3) if rate else None,
            latency_seconds=None if self.latency_seconds is None else round(self.latency_seconds, 3),
            is_behind=(rate is not None and rate.is_behind)
            or (slow_since is not None and self._pipeline.unknown_since is None),
        )

    def _stuck_since(self) -> datetime | None:
        """The time of the frame that is processed for so long that its zones are not watched; None where none is."""
        began = self._busy_since
        is_stuck = began is not None and (self._clock() - began).total_seconds() >= SLOW_SECONDS
        return self._frame_at if is_stuck else None

    def _change_over(self) -> None:
        if self._next is None:
            return
        self._report()
        self._store_dwells(at_once=True)
        (self._pipeline, self._unknown_after, before), self._next = self._next, None
        self._has_recalled = False
        self._seeing_since = None
        before()

    def _note_view(self, *, got_frame: bool) -> None:
        if self._pipeline.unknown_since is not None:
            self._seeing_since = None
        elif got_frame and self._seeing_since is None:
            self._seeing_since = self._clock()

    def _recall(self, at: datetime) -> None:
        if self._dwells is not None and not self._has_recalled:
            self._dwells.recall(self._pipeline, at=at)
        self._has_recalled = True

    def _store_dwells(self, *, at_once: bool) -> None:
        # Before the first frame there is nothing that could replace what is known.
        if self._dwells is not None and self._has_recalled and self._frame_at is not None:
            self._dwells.note(self._pipeline, at=self._frame_at, at_once=at_once)

    def _report(self) -> bool:
        """Whether something began or ended."""
        del self._unreported[:-_MOST_UNREPORTED]
        reported = self._unreported
        if reported:
            self._sink.report(reported)
            _log(self.id, reported)
            self._unreported = []
        return any(draft.state is not EventState.UPDATED for draft in reported)


def _log(camera_id: str, drafts: Sequence[EventDraft]) -> None:
    for draft in drafts:
        if isinstance(draft.details, ViewDetails):
            if draft.state is EventState.ENDED:
                log.info("camera %s: view restored", camera_id)
            else:
                log.warning("camera %s: view lost: %s", camera_id, draft.details.reason)
        elif draft.state is not EventState.UPDATED:
            where = f" in {draft.zone}" if draft.zone else ""
            log.warning("camera %s: %s%s %s (%s)", camera_id, draft.hazard, where, draft.state, draft.severity)
