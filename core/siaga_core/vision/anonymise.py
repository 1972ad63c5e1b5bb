"""Makes people and number plates unrecognisable before an image is stored.

There is no plate detector, so the part of each vehicle where plates are is made coarse, and all of a
motorcycle, whose rider is not always found as a person. Too much is coarse rather than too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from siaga_core.rules.geometry import Box
from siaga_core.vision.detections import PERSON, Detection, sides
from siaga_core.vision.image import Image, size_of
from siaga_core.vision.ports import Detector

# A face or a plate that is found with little certainty is still somebody's.
REDACT_FLOOR = 0.15
# In photos a little lower: there is one look, where a camera soon takes another.
PHOTO_FLOOR = 0.1
# Blocks across a person or a vehicle: a face gets about two, a plate (a fifth of a car's width) about two.
_BLOCKS = 9
_MIN_BLOCK_PIXELS = 6
_MARGIN = 0.08
_PLATES_FROM = {"car": 0.35, "bus": 0.45, "truck": 0.45, "three_wheeler": 0.35}
_WHOLE = frozenset({PERSON, "motorcycle", "bicycle"})

# A person who is small in the whole photo is found in a quarter of it. A smaller photo has no more pixels to show.
_QUARTERS_FROM_PIXELS = 320
_OVERLAP = 0.1


def photo_detections(image: Image, detector: Detector) -> tuple[Detection, ...]:
    """What is to be hidden in a photo: from looks at the whole and at its quarters, at most five; raises `LookError`.

    Nothing is merged and what a quarter cuts stays in, because hiding the same thing twice does no harm.
    """
    found = [*detector.detect(image, floor=PHOTO_FLOOR)]
    if max(size_of(image)) >= _QUARTERS_FROM_PIXELS:
        for part in _quarters(*size_of(image)):
            left, top, right, bottom = (round(side) for side in sides(part))
            seen = detector.detect(np.ascontiguousarray(image[top:bottom, left:right]), floor=PHOTO_FLOOR)
            found += [replace(one, box=_moved(one.box, left, top)) for one in seen]
    return tuple(one for one in found if _region(one) is not None)


def covered_regions(detections: Iterable[Detection], *, floor: float = REDACT_FLOOR) -> tuple[Box, ...]:
    """The parts of an image that `redacted` makes unrecognisable for these detections."""
    return tuple(region for found in detections if found.score >= floor and (region := _region(found)) is not None)


def redacted(image: Image, detections: Iterable[Detection], *, floor: float = REDACT_FLOOR) -> Image:
    """A copy on which people and the plates of vehicles are pixelated; boxes are in the image's pixels."""
    covered = image.copy()
    for region in covered_regions(detections, floor=floor):
        pixelate(covered, region)
    return covered


def _quarters(width: int, height: int) -> Iterator[Box]:
    x, y = width * (0.5 + _OVERLAP / 2), height * (0.5 + _OVERLAP / 2)
    for left, right in ((0.0, x), (width - x, float(width))):
        for top, bottom in ((0.0, y), (height - y, float(height))):
            yield Box(left, top, right, bottom)


def _moved(box: Box, x: int, y: int) -> Box:
    return Box(box.x1 + x, box.y1 + y, box.x2 + x, box.y2 + y)


def _region(found: Detection) -> Box | None:
    box = found.box
    if found.label in _WHOLE:
        x, y = (box.x2 - box.x1) * _MARGIN, (box.y2 - box.y1) * _MARGIN
        return Box(box.x1 - x, box.y1 - y, box.x2 + x, box.y2 + y)
    if found.label in _PLATES_FROM:
        return Box(box.x1, box.y1 + (box.y2 - box.y1) * _PLATES_FROM[found.label], box.x2, box.y2)
    return None


def pixelate(image: Image, region: Box) -> None:
    """Make one region of the image itself unrecognisable."""
    width, height = size_of(image)
    left, top = max(0, int(region.x1)), max(0, int(region.y1))
    right, bottom = min(width, int(np.ceil(region.x2))), min(height, int(np.ceil(region.y2)))
    if right <= left or bottom <= top:
        return
    part = image[top:bottom, left:right]
    block = max(_MIN_BLOCK_PIXELS, min(part.shape[:2]) / _BLOCKS)
    small = (max(1, round(part.shape[1] / block)), max(1, round(part.shape[0] / block)))
    coarse = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
    image[top:bottom, left:right] = cv2.resize(coarse, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_NEAREST)
