"""Asks the detector about a drawn image whose truth is known, before anything is decided by it.

A damaged engine, a processor that rounds wrongly, or weights for another task answer without any error.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siaga_core.rules.geometry import Box, iou
from siaga_core.vision.detections import Detection
from siaga_core.vision.errors import ModelError
from siaga_core.vision.image import Image
from siaga_core.vision.image_files import read_image
from siaga_core.vision.ports import Detector

KNOWN_IMAGE: Final = Path(__file__).parent / "known" / "street.jpg"
_VEHICLES: Final = frozenset({"car", "truck", "bus", "vehicle"})
_LEAST_IOU, _LEAST_SCORE = 0.5, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What the image shows: vehicles (pixels), the share under water, and how much else may be called a vehicle."""

    vehicles: tuple[Box, ...]
    water_share: float
    water_tolerance: float
    most_others: int


KNOWN: Final = Truth(
    vehicles=(Box(378, 101, 466, 176), Box(278, 89, 328, 138)),
    water_share=0.515,
    water_tolerance=0.1,
    most_others=2,
)


def check_detector(detector: Detector, image: Image | None = None) -> None:
    """Raise `ModelError` with what was seen and what was expected; one that knows no vehicles need only answer."""
    found = detector.detect(read_image(KNOWN_IMAGE) if image is None else image, floor=_LEAST_SCORE)
    if not _VEHICLES & set(detector.thresholds):
        return
    vehicles = [one for one in found if one.label in _VEHICLES]
    missing = [box for box in KNOWN.vehicles if not any(iou(box, one.box) >= _LEAST_IOU for one in vehicles)]
    others = [one for one in vehicles if not any(iou(box, one.box) >= _LEAST_IOU for box in KNOWN.vehicles)]
    if missing or len(others) > KNOWN.most_others:
        raise ModelError(
            f"the detector fails on the reference image: got {_words(vehicles)}, "
            f"expected vehicles at {', '.join(_corners(box) for box in KNOWN.vehicles)}"
            f" and at most {KNOWN.most_others} others"
        )


def _words(found: list[Detection]) -> str:
    return ", ".join(f"{one.label} {one.score:.2f} at {_corners(one.box)}" for one in found) or "no vehicle"


def _corners(box: Box) -> str:
    return f"({box.x1:.0f} {box.y1:.0f} {box.x2:.0f} {box.y2:.0f})"
