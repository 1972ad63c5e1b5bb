"""One frame and what was found in it; the detector runs on it at most once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from siaga_edge.camera.tracker import Track
from siaga_edge.vision.anonymise import REDACT_FLOOR
from siaga_edge.vision.detections import Detection
from siaga_edge.vision.picture import Picture
from siaga_edge.vision.ports import Detector


@dataclass(slots=True, kw_only=True)
class Look:
    """A frame at an aware time; `tracks` are those seen in it, filled where the schedule asked for them."""

    picture: Picture
    at: datetime
    detector: Detector
    tracks: tuple[Track, ...] = ()
    _detections: tuple[Detection, ...] | None = field(default=None, init=False)

    def detections(self) -> tuple[Detection, ...]:
        """Everything down to the score from which people and plates are hidden; raises `LookError`."""
        if self._detections is None:
            self._detections = self.detector.detect(self.picture, floor=REDACT_FLOOR)
        return self._detections
