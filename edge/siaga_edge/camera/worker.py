"""One camera of a running node: captures, looks, reports; never lets a lost camera read as a quiet street."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from siaga_core.wire.messages import CameraHealth
from siaga_edge.camera.capture import Capture, Clock
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.ports import EventDraft, EventSink
from siaga_edge.settings import CameraSettings
from siaga_edge.vision.eyes import Eyes

log = logging.getLogger(__name__)

_TICK_SECONDS = 1.0
_CLOCK_SET_BACK = timedelta(seconds=1)
_MAX_UNREPORTED = 200


@dataclass(slots=True, kw_only=True)
class CameraWorker:
    """Runs in two threads of its own, one that decodes and one that looks; errors are logged, counted and survived."""

    camera: CameraSettings
    eyes: Eyes
    sink: EventSink
    clock: Clock
    errors: int = 0
    _capture: Capture = field(init=False)
    _pipeline: CameraPipeline = field(init=False)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _frame_at: datetime | None = None
    _waiting_since: datetime | None = None
    _unreported: list[EventDraft] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._capture = Capture(name=self.camera.id, url=self.camera.url, fps=self.camera.fps, clock=self.clock)
        self._pipeline = CameraPipeline(self.camera, self.eyes)

    def start(self) -> None:
        """Begins to capture and to look."""
        self._waiting_since = self.clock()
        self._capture.start()
        self._thread = threading.Thread(target=self._run, name=f"camera-{self.camera.id}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends both threads and waits for them."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=20)
        self._capture.stop()

    def health(self) -> CameraHealth:
        """How the camera is, for the node's health message."""
        counts = self._capture.counts
        done = self._pipeline.counts
        return CameraHealth(
            id=self.camera.id,
            unknown_since=self._pipeline.unknown_since,
            frames=counts.frames,
            dropped=counts.dropped,
            inferred=done.detected + done.watered,
            reconnects=counts.reconnects,
            last_frame_at=self._frame_at,
        )

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.turn(timeout_seconds=_TICK_SECONDS)
            except Exception:
                self.errors += 1
                log.exception("camera turn failed", extra={"camera": self.camera.id})
                self._stopping.wait(_TICK_SECONDS)

    def turn(self, *, timeout_seconds: float) -> None:
        """One frame if one comes in time, else a look at how long there has been none."""
        frame = self._capture.newest.take(timeout_seconds=timeout_seconds)
        if frame is not None and self._is_next(frame.at):
            self._frame_at = self._waiting_since = frame.at
            drafts = self._pipeline.step(frame.picture, frame.at)
        else:
            now = self.clock()
            since = self._waiting_since or now
            silent = now - since >= timedelta(seconds=self.camera.unknown_after_seconds)
            drafts = self._pipeline.lost(now, "no_frames") if silent else []
        self._report(drafts)

    def _is_next(self, at: datetime) -> bool:
        if self._frame_at is None or at > self._frame_at:
            return True
        # A little early is a frame out of order; more is a clock that was set back.
        return self._frame_at - at > _CLOCK_SET_BACK

    def _report(self, drafts: Sequence[EventDraft]) -> None:
        # Kept until the sink has taken them: a full disk for a moment must not lose an event.
        self._unreported = [*self._unreported, *drafts]
        if len(self._unreported) > _MAX_UNREPORTED:
            self.errors += 1
            log.error("events given up", extra={"camera": self.camera.id, "count": len(self._unreported) // 2})
            self._unreported = self._unreported[len(self._unreported) // 2 :]
        if self._unreported:
            self.sink.report(self._unreported)
            self._unreported = []
