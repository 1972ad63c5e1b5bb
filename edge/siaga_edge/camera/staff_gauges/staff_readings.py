"""Where cameras lay what they read from staffs, and gauges fetch it: the two run in threads of their own."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from siaga_edge.gauge.staff_reading import StaffReading
from siaga_edge.settings.staff_gauges import CameraSource


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedStaffReading:
    """A reading and when its frames were taken."""

    reading: StaffReading
    at: datetime


class StaffReadingSlot:
    """Holds the newest reading of one staff."""

    def __init__(self, source: CameraSource) -> None:
        self.source = source
        self._lock = threading.Lock()
        self._newest: TimedStaffReading | None = None

    def put(self, reading: StaffReading, at: datetime) -> None:
        """Replace the reading that lies there."""
        with self._lock:
            self._newest = TimedStaffReading(reading=reading, at=at)

    def newest(self) -> TimedStaffReading | None:
        """The newest reading; it stays where it is."""
        with self._lock:
            return self._newest


class StaffReadings:
    """The newest readings of all staff gauges of a node."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._posts: dict[str, StaffReadingSlot] = {}

    def open(self, gauge_id: str, source: CameraSource) -> StaffReadingSlot:
        """A post for a gauge, in place of the one that it had."""
        post = StaffReadingSlot(source)
        with self._lock:
            self._posts = {**self._posts, gauge_id: post}
        return post

    def close(self, gauge_id: str, post: StaffReadingSlot) -> None:
        """Takes a post away, unless another one has taken its place."""
        with self._lock:
            if self._posts.get(gauge_id) is post:
                self._posts = {name: each for name, each in self._posts.items() if name != gauge_id}

    def of(self, camera_id: str) -> Mapping[str, StaffReadingSlot]:
        """The posts that a camera fills, by their gauges."""
        with self._lock:
            return {name: post for name, post in self._posts.items() if post.source.camera == camera_id}


def drawn_as(posts: Mapping[str, StaffReadingSlot]) -> str:
    """A word that changes when a staff is calibrated anew."""
    texts = sorted(f"{name} {post.source.staff.model_dump_json()}" for name, post in posts.items())
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
