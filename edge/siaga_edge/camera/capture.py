"""Keeps one camera's stream open and gives its newest frame; RTSP over TCP, HTTP or a file that is played over again.

A server that is gone or silent is noticed within `SILENT_SECONDS`; the way back is tried with growing, jittered waits.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import av

from siaga_edge.camera.backoff import Backoff
from siaga_edge.camera.clip import MAX_SIDE, decoded, to_picture
from siaga_edge.camera.newest import Frame, NewestFrame
from siaga_edge.camera.stream_clock import StreamClock
from siaga_edge.redaction import redact

log = logging.getLogger(__name__)

CONNECT_SECONDS, SILENT_SECONDS = 5.0, 4.0
_STREAM_OPTIONS = {"rtsp_transport": "tcp", "fflags": "nobuffer", "flags": "low_delay", "max_delay": "500000"}

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureCounts:
    """Since the start."""

    frames: int
    dropped: int
    reconnects: int


class StreamEndedError(Exception):
    """A stream that ended, or never carried a picture; the reason is its text."""


@dataclass(slots=True, kw_only=True)
class Capture:
    """One thread that decodes `url` into `newest`, at most `fps` frames a second. `stop` ends it within seconds."""

    name: str
    url: str
    fps: float
    clock: Clock
    newest: NewestFrame = field(default_factory=NewestFrame)
    chance: Random = field(default_factory=Random)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _opened: int = 0

    def start(self) -> None:
        """Begins in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name=f"capture-{self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread and waits for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=CONNECT_SECONDS + SILENT_SECONDS)

    @property
    def counts(self) -> CaptureCounts:
        """Frames that came through, that were replaced unseen, and openings after the first."""
        frames, dropped = self.newest.counts
        return CaptureCounts(frames=frames, dropped=dropped, reconnects=max(0, self._opened - 1))

    @property
    def _is_file(self) -> bool:
        return "://" not in self.url

    def _run(self) -> None:
        backoff = Backoff(self.chance)
        while not self._stopping.is_set():
            frames_before = self.newest.counts[0]
            reason = self._played()
            if self._stopping.is_set():
                return
            if self.newest.counts[0] > frames_before:
                if not self._is_file:
                    log.warning("camera %s: stream lost: %s", self.name, reason)
                backoff.succeeded()
            elif backoff.failures == 0:
                log.warning("camera %s: cannot be opened: %s", self.name, reason)
            self._stopping.wait(backoff.next_seconds())

    def _played(self) -> str:
        """Plays until the stream ends or fails; says why in one line without credentials."""
        try:
            self._play()
        except (av.error.FFmpegError, OSError, StreamEndedError) as error:
            return redact(str(error))
        except Exception:  # the loop's edge: one broken stream must not end the camera
            log.exception("camera %s: capture failed", self.name)
            return "failed, see the log"
        return "the stream ended"

    def _play(self) -> None:
        options = {} if self._is_file else _STREAM_OPTIONS
        with av.open(self.url, options=options, timeout=(CONNECT_SECONDS, SILENT_SECONDS)) as container:
            if not container.streams.video:
                raise StreamEndedError("no video in the stream")
            stream = container.streams.video[0]
            stream.thread_count = 1
            self._opened += 1
            pace = _FilePace(self._stopping) if self._is_file else None
            self._pump(container, stream, pace)

    def _pump(self, container: Any, stream: Any, pace: _FilePace | None) -> None:
        clock, due = StreamClock(), None
        came_at = time.monotonic()
        for frame in decoded(container, stream):
            if self._stopping.is_set():
                return
            # At its time limit the library first hands out a packet that it held back, and only then fails.
            if pace is None and time.monotonic() - came_at > SILENT_SECONDS - 0.1:
                raise StreamEndedError(f"silent for {SILENT_SECONDS:g} s")
            if max(frame.width, frame.height) > MAX_SIDE:
                raise StreamEndedError(f"{frame.width} x {frame.height} pixels, at most {MAX_SIDE} a side are taken")
            stamp = None if frame.pts is None else float(frame.pts * frame.time_base)
            if pace is not None and stamp is not None:
                pace.wait_until(stamp)
            at = clock.taken_at(stamp, self.clock())
            # A tenth of the interval early is on time, else a camera at exactly this rate would lose every other frame.
            if due is None or (at - due).total_seconds() >= -0.1 / self.fps:
                self.newest.put(Frame(picture=to_picture(frame), at=at))
                due = _next_due(due, at, 1 / self.fps)
            came_at = time.monotonic()


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
