"""One frame and what was found in it; the detector runs at most once on it, and on each part looked at closely."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from siaga_core.rules.geometry import Box, Point
from siaga_core.vision.anonymise import REDACT_FLOOR
from siaga_core.vision.detections import Detection
from siaga_core.vision.image import Image
from siaga_core.vision.ports import Detector
from siaga_edge.camera.detection.tracker import Track
from siaga_edge.camera.detection.zoom import detections_in_crop, merged


@dataclass(slots=True, kw_only=True)
class Look:
    """A frame at an aware time; `tracks` are those seen in it, filled where the schedule asked for them.

    `crops`: parts of the image, in shares, that are also examined by themselves; they must be set before the first
    question. `is_after_loss`: the view was lost since the look before. `flooded`: the outlines of roads under water.
    """

    image: Image
    at: datetime
    detector: Detector
    tracks: tuple[Track, ...] = ()
    crops: tuple[Box, ...] = ()
    is_after_loss: bool = False
    flooded: tuple[tuple[Point, ...], ...] = ()
    _detections: tuple[Detection, ...] | None = field(default=None, init=False)

    def detections(self) -> tuple[Detection, ...]:
        """Everything down to the score from which people and plates are hidden; raises `LookError`."""
        if self._detections is None:
            whole = self.detector.detect(self.image, floor=REDACT_FLOOR)
            parts = [detections_in_crop(self.detector, self.image, part, floor=REDACT_FLOOR) for part in self.crops]
            self._detections = merged(whole, parts) if parts else whole
        return self._detections
