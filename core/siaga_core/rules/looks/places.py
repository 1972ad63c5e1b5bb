"""Whether two boxes are one place, one seen in part, or one before the other."""

from __future__ import annotations

from siaga_core.rules.geometry import Box, iou

# A box is the visible part of another if three sides moved less than this share of the larger one's width or height,
SIDE_TOLERANCE = 0.1
# and not too little of it is left to be told from a thing that stands in front.
MIN_VISIBLE_IOU = 0.2
# What covers this share of a place, and stands nearer to the camera (its box reaches lower by this share of the place's
# height), may hide what is there.
HIDING_COVER = 0.25
HIDING_LOWER = 0.03
# How slowly a remembered place follows the box, so that a creeping vehicle leaves it in the end.
ANCHOR_GAIN = 0.05
MOSTLY_VISIBLE = 0.8


def hides(box: Box, anchor: Box, *, same_spot_iou: float) -> bool:
    """Whether what fills the box may hide what stands at the place; what took the place over does not."""
    if box.y2 - anchor.y2 < (anchor.y2 - anchor.y1) * HIDING_LOWER:
        return False  # stands behind
    width = min(box.x2, anchor.x2) - max(box.x1, anchor.x1)
    height = min(box.y2, anchor.y2) - max(box.y1, anchor.y1)
    covered = max(0.0, width) * max(0.0, height)
    return covered >= anchor.area * HIDING_COVER and iou(box, anchor) < same_spot_iou


def is_at(anchor: Box, box: Box, *, same_spot_iou: float, or_part: bool) -> bool:
    """Whether a box is at the place, or, if asked for, what is seen of it there."""
    return iou(anchor, box) >= same_spot_iou or (or_part and is_part(anchor, box))


def is_part(a: Box, b: Box) -> bool:
    """Whether one is what is seen of the other while something hides one side of it."""
    if iou(a, b) < MIN_VISIBLE_IOU:
        return False
    width, height = max(a.x2 - a.x1, b.x2 - b.x1), max(a.y2 - a.y1, b.y2 - b.y1)
    limits = (width * SIDE_TOLERANCE, height * SIDE_TOLERANCE) * 2
    steady_sides = sum(abs(x - y) <= limit for x, y, limit in zip(sides(a), sides(b), limits, strict=True))
    return steady_sides >= 3


def followed(anchor: Box, box: Box) -> Box:
    """The remembered place after one more sighting."""
    if is_part(anchor, box) and box.area < anchor.area * MOSTLY_VISIBLE:
        return anchor  # the rest of it is only hidden
    return Box(
        *(old + (new - old) * ANCHOR_GAIN for old, new in zip(sides(anchor), sides(box), strict=True)),
    )


def sides(box: Box) -> tuple[float, float, float, float]:
    """The four sides of a box: left, top, right, bottom."""
    return (box.x1, box.y1, box.x2, box.y2)
