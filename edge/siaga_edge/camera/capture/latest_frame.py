"""A place for one frame between the thread that decodes and the one that looks: the newest wins."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from siaga_core.vision.image import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A decoded frame and when it was taken, aware UTC."""

    image: Image
    at: datetime


class LatestFrame:
    """Holds at most one frame; counts those that were replaced before anybody took them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._put = 0
        self._dropped = 0

    def put(self, frame: Frame) -> None:
        """Replace the frame that lies there."""
        with self._changed:
            self._put += 1
            self._dropped += self._frame is not None
            self._frame = frame
            self._changed.notify()

    def next_frame(self, *, timeout_seconds: float) -> Frame | None:
        """The frame as soon as there is one; None when none comes in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None, timeout_seconds)
            frame, self._frame = self._frame, None
            return frame

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many frames were put and how many of them dropped."""
        with self._changed:
            return self._put, self._dropped
