"""Reads staffs in clips and images, as the agent reads them in a camera's stream; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from siaga_core.vision.image import Image, size_of
from siaga_core.vision.image_files import read_image
from siaga_edge.camera.capture.clip import clip_frames
from siaga_edge.camera.offline.file_detection import is_clip
from siaga_edge.camera.staff_gauges.staff_gauge_reader import StaffFrameCollector
from siaga_edge.camera.staff_gauges.staff_readings import StaffReadingSlot
from siaga_edge.camera.view.motion import Grey, small_grey
from siaga_edge.camera.view.registration import edges_of, matched
from siaga_edge.camera.view.scene_check import SAME_SCENE, SceneCheck, ScenePolicy
from siaga_edge.camera.view.view_check import ViewCheck, ViewPolicy, is_infrared, spoilt_by
from siaga_edge.gauge.staff_reading import StaffReading, refused
from siaga_edge.gauge.staff_strip import StaffPlace, row_spots
from siaga_edge.settings.gauges import SiteGaugeSettings
from siaga_edge.vision.drawing import ALARM_COLOUR, WATER_COLOUR, draw_text
from siaga_edge.vision.ports import WaterSegmenter

_START = datetime(2026, 1, 1, tzinfo=UTC)
_LINE_COLOUR, _POINT_COLOUR = (0, 230, 230), (0, 230, 0)
_MARK_PX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelResult:
    """The result of one look at a staff gauge; `image` is the last one examined, `at_s` seconds into a clip."""

    source: Path
    gauge: SiteGaugeSettings
    reading: StaffReading
    image: Image
    at_s: float | None = None

    @property
    def level_cm(self) -> float | None:
        """The level over the gauge's zero, with its datum added."""
        level = self.reading.level_cm
        return None if level is None else round(level + self.gauge.datum_cm, 2)

    def as_json(self) -> dict[str, Any]:
        """The object that `level --json` prints."""
        return {
            "source": str(self.source),
            "at_s": None if self.at_s is None else round(self.at_s, 3),
            "gauge": self.gauge.id,
            "level_cm": self.level_cm,
            "uncertainty_cm": self.reading.uncertainty_cm,
            "flags": list(self.reading.flags),
            "frames": self.reading.frames,
        }

    def as_row(self) -> str:
        """Return the result as one line for people to read."""
        when = "" if self.at_s is None else f" at {self.at_s:.1f} s"
        return f"{self.source}{when}: {self.gauge.id} {self.description()}"

    def description(self) -> str:
        """The level, or why there is none."""
        if self.level_cm is None:
            return f"no level: {', '.join(self.reading.flags)}"
        doubts = f" ({', '.join(self.reading.flags)})" if self.reading.flags else ""
        return f"{self.level_cm:.1f} cm +- {self.reading.uncertainty_cm:.1f}{doubts}"

    def drawn(self) -> Image:
        """The image with the staff's line, its calibrated points and the waterline."""
        drawn = self.image.copy()
        staff = self.gauge.source.staff
        size = np.array(size_of(drawn))
        ends = [tuple(np.round(np.array(end) * size).astype(int).tolist()) for end in staff.line]
        cv2.line(drawn, ends[0], ends[1], _LINE_COLOUR, 1, cv2.LINE_AA)
        for point in staff.points:
            spot = tuple(np.round(np.array(point.at) * size).astype(int).tolist())
            cv2.circle(drawn, spot, _MARK_PX, _POINT_COLOUR, 1, cv2.LINE_AA)
        self._draw_level(drawn)
        colour = ALARM_COLOUR if self.reading.level_cm is None else WATER_COLOUR
        draw_text(drawn, f"{self.gauge.id} {self.description()}", at=(8, size_of(drawn)[1] - 8), colour=colour)
        return drawn

    def _draw_level(self, drawn: Image) -> None:
        if self.reading.level_cm is None:
            return
        staff = self.gauge.source.staff
        place = StaffPlace(line=staff.line, width=staff.width, scale=staff.scale())
        width, height = size_of(drawn)
        left, right = row_spots(place, self.reading.level_cm, width=width, height=height)
        ends = [(round(x), round(y)) for x, y in (left, right)]
        cv2.line(drawn, ends[0], ends[1], WATER_COLOUR, 2, cv2.LINE_AA)


def levels_in(
    files: Sequence[Path], gauges: Sequence[SiteGaugeSettings], water: WaterSegmenter, *, fps: float = 5.0
) -> Iterator[LevelResult]:
    """A look for each image, and one each `every_seconds` for a clip; raises `ImageError`.

    Images are of one view: the one that does not show what the first showed is refused as moved.
    """
    first: Grey | None = None
    for file in files:
        if is_clip(file):
            yield from _of_clip(file, gauges, water, fps)
            continue
        image = read_image(file)
        first = small_grey(image) if first is None else first
        yield from _reading_of_image(file, image, gauges, water, first)


def _reading_of_image(
    file: Path, image: Image, gauges: Sequence[SiteGaugeSettings], water: WaterSegmenter, first: Grey
) -> Iterator[LevelResult]:
    grey = small_grey(image)
    fault = spoilt_by(grey) or ("moved" if _is_elsewhere(first, grey) else None)
    answer = None if fault is not None or is_infrared(image) else water.look(image)
    for gauge in gauges:
        alone = gauge.source.model_copy(update={"frames": 1})
        reading = (
            refused(f"view_{fault}")
            if fault is not None
            else StaffFrameCollector(StaffReadingSlot(alone)).accept(image, _START, water=answer, shift_px=0.0)
        )
        if reading is not None:
            yield LevelResult(source=file, gauge=gauge, reading=reading, image=image)


def _is_elsewhere(first: Grey, grey: Grey) -> bool:
    match = matched(edges_of(first), edges_of(grey))
    return match.agreement < SAME_SCENE or match.shift.size >= ScenePolicy().least_shift


def _of_clip(
    file: Path, gauges: Sequence[SiteGaugeSettings], water: WaterSegmenter, fps: float
) -> Iterator[LevelResult]:
    scene = SceneCheck()
    view = ViewCheck(ViewPolicy(), scene)
    gatherings = [(gauge, StaffFrameCollector(StaffReadingSlot(gauge.source))) for gauge in gauges]
    for frame in clip_frames(file, every_seconds=1 / fps):
        at, grey = _START + timedelta(seconds=frame.at_s), small_grey(frame.image)
        fault, _ = view.fault(grey, at)
        image = frame.image if fault is not None else scene.aligned(frame.image)
        if fault is None and scene.renewal_due(at):
            scene.renew(small_grey(image), at)
        answer = None
        for gauge, gathering in gatherings:
            reading = None
            if fault is not None:
                reading = gathering.give_up(at, f"view_{fault}")
            elif gathering.wants(at, 1.0):
                if gathering.wants_water and answer is None and not is_infrared(image):
                    answer = water.look(image)
                reading = gathering.accept(image, at, water=answer, shift_px=0.0)
            if reading is not None:
                yield LevelResult(source=file, gauge=gauge, reading=reading, image=image, at_s=frame.at_s)
