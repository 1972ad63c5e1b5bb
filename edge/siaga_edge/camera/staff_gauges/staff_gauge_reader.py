"""Reads the staffs in one camera's images, each on its own clock, and lays the readings where gauges fetch them.

A few frames make a look. Frames of a view that cannot be trusted make none: then the reading says why there is no
level. A staff that was calibrated anew stands in a view that is right by definition, so the old reference goes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from siaga_core.vision.errors import LookError
from siaga_core.vision.image import Image, size_of
from siaga_edge.camera.staff_gauges.staff_readings import StaffReadings, StaffReadingSlot, drawn_as
from siaga_edge.camera.view.view_check import LostReason, is_infrared
from siaga_edge.gauge.staff_look import joined, look_at_staff, wet_beside
from siaga_edge.gauge.staff_reading import StaffReading, refused
from siaga_edge.gauge.staff_strip import Floats, StaffPlace, Strips, cut
from siaga_edge.vision.ports import WaterSegmenter
from siaga_edge.vision.water import WaterMap

log = logging.getLogger(__name__)

_EARLY = timedelta(milliseconds=1)


class StaffFrameCollector:
    """One staff: gathers the frames of a look and reads them."""

    def __init__(self, post: StaffReadingSlot) -> None:
        self.post, source = post, post.source
        self._source = source
        self.place = StaffPlace(line=source.staff.line, width=source.staff.width, scale=source.staff.scale())
        self._spacing = timedelta(seconds=source.frames_seconds / max(1, source.frames - 1))
        self._began_at: datetime | None = None
        self._strips: list[Strips] = []
        self._wet: Floats | None = None
        self._size = (0, 0)

    def wants(self, at: datetime, times_as_often: float) -> bool:
        """Whether a frame of this time belongs to a look."""
        if self._strips and self._began_at is not None:
            # Counted from the look's first frame, so that a slow stream does not stretch it.
            return at - self._began_at >= len(self._strips) * self._spacing - _EARLY or at < self._began_at
        return self.is_due(at, times_as_often)

    def is_due(self, at: datetime, times_as_often: float = 1.0) -> bool:
        """Whether the next look should begin."""
        every = timedelta(seconds=self._source.every_seconds / times_as_often)
        return self._began_at is None or at < self._began_at or at - self._began_at >= every - _EARLY

    @property
    def wants_water(self) -> bool:
        """Whether the water model should see the next frame: the first of a look."""
        return not self._strips

    def accept(self, image: Image, at: datetime, *, water: WaterMap | None, shift_px: float) -> StaffReading | None:
        """A reading when its last frame has come."""
        if self._strips and size_of(image) != self._size:
            self._strips = []
        if not self._strips:
            self._began_at, self._size = at, size_of(image)
        self._strips.append(cut([image], self.place))
        if water is not None:
            width, height = self._size
            self._wet = wet_beside(water, self.place, self._strips[0].levels_cm, width=width, height=height)
        if len(self._strips) < self._source.frames:
            return None
        strips, self._strips = joined(self._strips), []
        wet, self._wet = self._wet, None
        most = self._source.max_uncertainty_cm
        return look_at_staff(strips, self.place, max_uncertainty_cm=most, wet=wet, shift_px=shift_px).reading

    def give_up(self, at: datetime, reason: str, times_as_often: float = 1.0) -> StaffReading | None:
        """The view cannot be trusted: what was gathered goes; a refusal as often as a level would come."""
        is_open, self._strips, self._wet = bool(self._strips), [], None
        if not is_open and not self.is_due(at, times_as_often):
            return None
        self._began_at = at
        return refused(reason)


class StaffGaugeReader:
    """All staffs of one camera; owned by the camera's thread."""

    def __init__(
        self,
        camera_id: str,
        posts: StaffReadings,
        *,
        stored: Path | None = None,
        look_rate_factor: Callable[[datetime], float] = lambda _: 1.0,
    ) -> None:
        self._camera_id, self._posts, self._stored, self._look_rate_factor = camera_id, posts, stored, look_rate_factor
        self._gatherings: dict[str, StaffFrameCollector] = {}
        self._drawn = _read(stored)

    @property
    def has_staffs(self) -> bool:
        """Whether there is anything to read."""
        return bool(self._posts.of(self._camera_id))

    def drawn_anew(self) -> bool:
        """Whether a staff was calibrated since this was asked last, also over a restart."""
        posts = self._posts.of(self._camera_id)
        drawn = drawn_as(posts) if posts else ""
        if drawn == self._drawn:
            return False
        before, self._drawn = self._drawn, drawn
        _write(self._stored, drawn)
        return bool(before and drawn)

    def see(self, image: Image, at: datetime, *, water: WaterSegmenter, shift_px: float) -> None:
        """A frame of a view that is as it was when the staffs were drawn, or moved back under them."""
        times_as_often = self._look_rate_factor(at)
        answer: WaterMap | None = None
        for gathering in self._current():
            if not gathering.wants(at, times_as_often):
                continue
            if gathering.wants_water and answer is None and not is_infrared(image):
                with suppress(LookError):  # the staff itself says enough
                    answer = water.look(image)
            reading = gathering.accept(image, at, water=answer, shift_px=shift_px)
            if reading is not None:
                gathering.post.put(reading, at)

    def blind(self, at: datetime, reason: LostReason) -> None:
        """There is no frame, or none that can be trusted."""
        for gathering in self._current():
            reading = gathering.give_up(at, f"view_{reason}", self._look_rate_factor(at))
            if reading is not None:
                gathering.post.put(reading, at)

    def _current(self) -> list[StaffFrameCollector]:
        posts = self._posts.of(self._camera_id)
        known = self._gatherings
        self._gatherings = {
            name: known[name] if name in known and known[name].post is post else StaffFrameCollector(post)
            for name, post in posts.items()
        }
        return list(self._gatherings.values())


def _read(stored: Path | None) -> str:
    try:
        return stored.read_text(encoding="ascii").strip() if stored is not None else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _write(stored: Path | None, drawn: str) -> None:
    if stored is None:
        return
    try:
        stored.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        stored.write_text(drawn, encoding="ascii")
    except OSError as error:
        log.warning("state of staff gauge cannot be written to %s: %s", stored, error.strerror)
