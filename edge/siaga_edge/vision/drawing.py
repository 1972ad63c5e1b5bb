"""Draws what was found on a copy of the image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from siaga_core.rules.geometry import Box, Point
from siaga_core.vision.detections import Detection
from siaga_core.vision.image import Image, size_of
from siaga_edge.vision.water import WaterMap

Colour = tuple[int, int, int]  # BGR

# Okabe-Ito, told apart by colour-blind eyes too.
COLOURS: dict[str, Colour] = {
    "person": (66, 228, 240),
    "bicycle": (115, 158, 0),
    "motorcycle": (167, 121, 204),
    "car": (233, 180, 86),
    "bus": (178, 114, 0),
    "truck": (0, 159, 230),
    "trash": (0, 94, 213),
    "three_wheeler": (178, 114, 0),
}
WATER_COLOUR: Colour = (255, 120, 0)
ALARM_COLOUR: Colour = (40, 40, 230)
DRY_COLOUR: Colour = (240, 240, 240)
_WATER_STRENGTH = 0.45
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def with_detections(image: Image, detections: Iterable[Detection]) -> Image:
    """A copy with a box, label and score for each; the surest lie on top."""
    drawn = image.copy()
    for found in sorted(detections, key=lambda one: one.score):
        draw_box(
            drawn, found.box, text=f"{found.label} {found.score:.2f}", colour=COLOURS.get(found.label, ALARM_COLOUR)
        )
    return drawn


def with_water(image: Image, water: WaterMap) -> Image:
    """A copy on which water is tinted, and outlined so that it shows on blue and dark images."""
    width, height = size_of(image)
    mask = water.at_size(width=width, height=height)
    drawn = image.copy()
    tinted = drawn[mask] * (1 - _WATER_STRENGTH) + np.array(WATER_COLOUR) * _WATER_STRENGTH
    drawn[mask] = tinted.astype(np.uint8)
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(drawn, outlines, -1, WATER_COLOUR, _stroke(drawn))
    return drawn


def draw_box(image: Image, box: Box, *, text: str, colour: Colour) -> None:
    """Draws on the image itself; `box` in its pixels."""
    stroke = _stroke(image)
    corner, opposite = (round(box.x1), round(box.y1)), (round(box.x2), round(box.y2))
    cv2.rectangle(image, corner, opposite, colour, stroke)
    draw_text(image, text, at=corner, colour=colour)


def draw_text(image: Image, text: str, *, at: tuple[int, int], colour: Colour) -> None:
    """White or black text on a filled tag whose bottom left is `at`, moved inside the image where needed."""
    size = max(0.4, min(size_of(image)) / 1100)
    (width, height), base = cv2.getTextSize(text, _FONT, size, 1)
    left = max(0, min(at[0], size_of(image)[0] - width - 4))
    bottom = max(height + base + 2, at[1])
    cv2.rectangle(image, (left, bottom - height - base - 2), (left + width + 4, bottom), colour, cv2.FILLED)
    ink = (0, 0, 0) if sum(colour) > 330 else (255, 255, 255)
    cv2.putText(image, text, (left + 2, bottom - base), _FONT, size, ink, 1, cv2.LINE_AA)


def draw_mark(image: Image, point: Point, *, text: str, colour: Colour) -> None:
    """Draws a ring round a point (in shares) with a tag beside it, on the image itself."""
    width, height = size_of(image)
    x, y = round(point.x * width), round(point.y * height)
    reach = 4 * _stroke(image)
    cv2.circle(image, (x, y), reach, (0, 0, 0), 2 * _stroke(image) + 1, cv2.LINE_AA)
    cv2.circle(image, (x, y), reach, colour, _stroke(image), cv2.LINE_AA)
    draw_text(image, text, at=(x + 2 * reach, y + reach), colour=colour)


def draw_outline(image: Image, polygon: Sequence[Point], *, colour: Colour) -> None:
    """Draws a zone's outline (in shares) on the image itself."""
    width, height = size_of(image)
    corners = np.array([[round(point.x * width), round(point.y * height)] for point in polygon], np.int32)
    cv2.polylines(image, [corners], True, colour, _stroke(image), cv2.LINE_AA)


def _stroke(image: Image) -> int:
    return max(1, round(min(size_of(image)) / 320))
