"""Keeps one camera's stream open and gives its newest frame, whatever kind of source it is.

A server that is gone or silent is noticed within `SILENT_SECONDS`; the way back is tried with growing, jittered waits.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

import av

from siaga_edge.camera.capture.av_stream import CONNECT_SECONDS, SILENT_SECONDS, AvStream, PacketSink
from siaga_edge.camera.capture.failure_reasons import hint
from siaga_edge.camera.capture.hardware_decoder import HardwareDecoder
from siaga_edge.camera.capture.latest_frame import Frame, LatestFrame
from siaga_edge.camera.capture.reconnect_delay import Backoff
from siaga_edge.camera.capture.snapshot_stream import SnapshotStream
from siaga_edge.camera.capture.stream_clock import StreamClock
from siaga_edge.camera.capture.timed_frame import StreamEndedError, TimedFrame
from siaga_edge.camera.view.masks import Spots, burn_in
from siaga_edge.platform.redaction import redact

__all__ = ["CONNECT_SECONDS", "SILENT_SECONDS", "Capture", "CaptureCounts", "stream_of"]

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureCounts:
    """What a capture counted since it was started."""

    frames: int
    dropped: int
    reconnects: int
    clock_offset_seconds: float | None = None


class Stream(Protocol):
    """Any source of frames, live or not."""

    @property
    def is_file(self) -> bool:
        """Whether the frames come as fast as they are read."""

    def frames(self) -> Iterator[TimedFrame]:
        """Yield frames until the stream ends."""


def stream_of(
    name: str,
    url: str,
    keyframes_only: bool,
    snapshot_every_seconds: float | None,
    stopping: threading.Event,
    connect_seconds: float = CONNECT_SECONDS,
    packets: PacketSink | None = None,
    decoder: HardwareDecoder | None = None,
) -> SnapshotStream | AvStream:
    """What opens an address: single images where they are asked for, else a stream."""
    if snapshot_every_seconds is not None:
        return SnapshotStream(name, url, snapshot_every_seconds, stopping, connect_seconds)
    return AvStream(name, url, keyframes_only, connect_seconds, stopping, packets=packets, decoder=decoder)


@dataclass(slots=True, kw_only=True)
class Capture:
    """One thread that decodes `url` into `newest`, at most `fps` frames a second. `stop` ends it within seconds.

    `masks` are black in every image that leaves it; `packets` receives the stream as it is. With
    `snapshot_every_seconds` an HTTP camera is asked for single images.
    """

    name: str
    url: str
    fps: float
    clock: Clock
    keyframes_only: bool = False
    snapshot_every_seconds: float | None = None
    connect_seconds: float = CONNECT_SECONDS
    masks: tuple[Spots, ...] = ()
    packets: PacketSink | None = None
    decoder: HardwareDecoder | None = None
    newest: LatestFrame = field(default_factory=LatestFrame)
    chance: Random = field(default_factory=Random)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _opened: int = 0
    _clock_offset_seconds: float | None = None

    def start(self) -> None:
        """Begins in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name=f"capture-{self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and waits for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=self.connect_seconds + SILENT_SECONDS)

    @property
    def counts(self) -> CaptureCounts:
        """Frames that came through, that were replaced unseen, and openings after the first."""
        frames, dropped = self.newest.counts
        return CaptureCounts(
            frames=frames,
            dropped=dropped,
            reconnects=max(0, self._opened - 1),
            clock_offset_seconds=self._clock_offset_seconds,
        )

    def _run(self) -> None:
        every = self.snapshot_every_seconds
        every = None if every is None else max(every, 1 / self.fps)
        backoff = Backoff(self.chance)
        stream = stream_of(
            self.name,
            self.url,
            self.keyframes_only,
            every,
            self._stopping,
            self.connect_seconds,
            self.packets,
            self.decoder,
        )
        while not self._stopping.is_set():
            frames_before = self.newest.counts[0]
            reason = self._played(stream)
            if self._stopping.is_set():
                return
            if self.newest.counts[0] > frames_before:
                if not stream.is_file:
                    log.warning("camera %s: stream lost: %s", self.name, reason)
                backoff.succeeded()
            elif backoff.failures == 0:
                log.warning("camera %s: stream cannot be opened: %s", self.name, reason)
            self._stopping.wait(backoff.next_seconds())

    def _played(self, stream: Stream) -> str:
        """Plays until the stream ends or fails; says why in one line without credentials."""
        try:
            self._pump(stream)
        except (av.error.FFmpegError, OSError, StreamEndedError) as error:
            return redact(f"{error}{hint(error)}")
        except Exception:  # the loop's edge: one broken stream must not end the camera
            log.exception("camera %s: capture failed", self.name)
            return "failed, see the log"
        return "the stream ended"

    def _pump(self, stream: Stream) -> None:
        clock, due = StreamClock(), None
        pace = _FilePace(self._stopping) if stream.is_file else None
        for number, captured in enumerate(stream.frames()):
            if self._stopping.is_set():
                return
            self._opened += number == 0
            if pace is not None and captured.stamp_seconds is not None:
                pace.wait_until(captured.stamp_seconds)
            at = clock.taken_at(captured.stamp_seconds, self.clock())
            self._note_offset(clock, captured, at)
            # A tenth of the interval early is on time, else a camera at exactly this rate would lose every other frame.
            if due is None or (at - due).total_seconds() >= -0.1 / self.fps:
                self._put(captured, at)
                due = _next_due(due, at, 1 / self.fps)

    def _put(self, captured: TimedFrame, at: datetime) -> None:
        image = captured.image()
        burn_in(image, self.masks)
        self.newest.put(Frame(image=image, at=at))

    def _note_offset(self, clock: StreamClock, captured: TimedFrame, at: datetime) -> None:
        if captured.camera_seconds is not None:
            self._clock_offset_seconds = round(captured.camera_seconds - at.timestamp(), 3)
        elif captured.stamp_seconds is not None:
            self._clock_offset_seconds = round(clock.ahead_seconds, 3)


def _next_due(due: datetime | None, at: datetime, interval_seconds: float) -> datetime:
    step = timedelta(seconds=interval_seconds)
    return at + step if due is None or at - due > step else due + step


class _FilePace:
    """Holds a file back to the pace of its own stamps."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._began: float | None = None

    def wait_until(self, stamp_seconds: float) -> None:
        now = time.monotonic()
        self._began = now - stamp_seconds if self._began is None else self._began
        self._stopping.wait(max(0.0, self._began + stamp_seconds - now))
