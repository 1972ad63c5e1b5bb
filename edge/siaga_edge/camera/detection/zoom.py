"""A second, closer look at a part of the image, for what is small in the whole of it.

A detector scales every image to its own input, so a bag of twenty pixels ends as thirteen. The square (in shares of
the image, so that it keeps the image's aspect) around a zone is looked at by itself, and what was found is merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from siaga_core.rules.geometry import Box, Point, iou
from siaga_core.vision.detections import TRASH, Detection, in_pixels, sides
from siaga_core.vision.image import Image, size_of
from siaga_core.vision.ports import Detector
from siaga_edge.camera.detection.tracker import group_of

# Of the zone's width and height on each side: a thing at its edge must be seen whole, with something around it.
_MARGIN = 0.15
_SMALLEST = 0.3  # of the image; closer than that there are no more pixels to be had
_WORTH_IT = 0.75  # a larger part gains too little for the time of a look
_SAME_IOU = 0.5
# A parked scooter looks like a pile from some sides: what is half as surely something else is that.
_MISTAKEN_IOU, MISTAKEN_SHARE = 0.4, 0.5
_CUT_PIXELS = 2.0


def region_around(polygon: Sequence[Point]) -> Box | None:
    """What to look at closely for a zone, in shares; None where the whole image shows it as well."""
    left, right = min(point.x for point in polygon), max(point.x for point in polygon)
    top, bottom = min(point.y for point in polygon), max(point.y for point in polygon)
    side = max(_SMALLEST, max(right - left, bottom - top) * (1 + 2 * _MARGIN))
    if side > _WORTH_IT:
        return None
    x, y = (min(1 - side, max(0.0, middle - side / 2)) for middle in ((left + right) / 2, (top + bottom) / 2))
    return Box(x, y, x + side, y + side)


def detections_in_crop(detector: Detector, image: Image, region: Box, *, floor: float) -> list[Detection]:
    """What is found in a part of the image, in the whole image's pixels; raises `LookError`.

    Things that the edge of the part cuts are left out, because their boxes end at the cut.
    """
    width, height = size_of(image)
    left, top, right, bottom = (round(side) for side in sides(in_pixels(region, width=width, height=height)))
    part = np.ascontiguousarray(image[top:bottom, left:right])
    inner = Box(
        -1.0 if left == 0 else _CUT_PIXELS,
        -1.0 if top == 0 else _CUT_PIXELS,
        right - left + 1.0 if right == width else right - left - _CUT_PIXELS,
        bottom - top + 1.0 if bottom == height else bottom - top - _CUT_PIXELS,
    )
    return [
        replace(found, box=Box(found.box.x1 + left, found.box.y1 + top, found.box.x2 + left, found.box.y2 + top))
        for found in detector.detect(part, floor=floor)
        if _is_within(found.box, inner)
    ]


def merged(whole: Iterable[Detection], crops: Iterable[Iterable[Detection]]) -> tuple[Detection, ...]:
    """What all looks found, best first, each thing once: of two boxes of the same thing the surer one."""
    distinct: list[tuple[Detection, int]] = []
    every = [(found, look) for look, seen in enumerate((whole, *crops)) for found in seen]
    for found, look in sorted(every, key=lambda one: -one[0].score):
        # Within one look the detector has told things apart by itself.
        if not any(look != other_look and _is_same(found, other) for other, other_look in distinct):
            distinct.append((found, look))
    return tuple(found for found, _ in distinct)


def without_mistaken_trash(detections: Sequence[Detection]) -> tuple[Detection, ...]:
    """Leaves out trash that is rather something else, as far as one look can tell."""
    return tuple(
        found
        for found in detections
        if found.label != TRASH or rival_score(found.box, detections) < found.score * MISTAKEN_SHARE
    )


def rival_score(trash: Box, detections: Iterable[Detection]) -> float:
    """How surely the box was seen as something else than trash, 0..1."""
    rivals = (found for found in detections if found.label != TRASH and iou(found.box, trash) >= _MISTAKEN_IOU)
    return max((found.score for found in rivals), default=0.0)


def _is_same(found: Detection, other: Detection) -> bool:
    return group_of(found.label) == group_of(other.label) and iou(found.box, other.box) >= _SAME_IOU


def _is_within(box: Box, limits: Box) -> bool:
    return box.x1 >= limits.x1 and box.y1 >= limits.y1 and box.x2 <= limits.x2 and box.y2 <= limits.y2
