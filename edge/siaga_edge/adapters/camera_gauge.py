"""A gauge whose levels a camera of the same node reads from a staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from siaga_edge.camera.staff_gauges.staff_readings import StaffReadings, StaffReadingSlot, TimedStaffReading
from siaga_edge.gauge.registers import Sample


class CameraGauge:
    """Fetches the newest reading; a camera that reads nothing leaves the gauge silent, and so it is reported."""

    def __init__(self, gauge: str, posts: StaffReadings, post: StaffReadingSlot) -> None:
        self._gauge, self._posts, self._post = gauge, posts, post
        self._last_number = 0

    def read(self, now: datetime) -> Sequence[Sample]:
        """The newest reading, if it is a new one."""
        posted = self._post.newest()
        if posted is None or _number(posted) <= self._last_number:
            return ()
        reading = posted.reading
        return [
            Sample(
                number=_number(posted),
                age_seconds=max(0.0, (now - posted.at).total_seconds()),
                level_cm=reading.level_cm,
                flags=reading.flags,
                spread_cm=reading.uncertainty_cm,
                samples=reading.frames or None,
                report_interval_seconds=self._post.source.every_seconds,
            )
        ]

    def mark_read(self, sample: Sample) -> None:
        """Record that a sample was stored, so that it is not given again."""
        self._last_number = sample.number

    def close(self) -> None:
        """The camera need not read this staff any more."""
        self._posts.close(self._gauge, self._post)


def _number(posted: TimedStaffReading) -> int:
    return int(posted.at.timestamp() * 1000)
