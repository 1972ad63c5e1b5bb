"""Parts of the image that nobody may see: black before anything else looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_core.rules.geometry import Point
from siaga_core.vision.image import Image, size_of
from siaga_edge.camera.view.motion import SMALL_HEIGHT, SMALL_WIDTH
from siaga_edge.vision.water import polygon_mask

Spots: TypeAlias = Sequence[tuple[float, float]]

_EDGE_PIXELS = 4  # of the small image: a mask's own edge does not move with the camera, so it must not count


def burn_in(image: Image, masks: Sequence[Spots]) -> None:
    """Blackens polygons (in shares) in the image itself, one pixel beyond their edge included."""
    width, height = size_of(image)
    for mask in masks:
        corners = np.array([[round(x * width), round(y * height)] for x, y in mask], np.int32)
        cv2.fillPoly(image, [corners], (0, 0, 0))
        cv2.polylines(image, [corners], True, (0, 0, 0), 3)


def hidden_by(masks: Sequence[Spots]) -> NDArray[np.bool_] | None:
    """Where masks lie in the small image, their edges included; None without masks."""
    if not masks:
        return None
    covered = np.zeros((SMALL_HEIGHT, SMALL_WIDTH), np.uint8)
    for mask in masks:
        polygon = [Point(x, y) for x, y in mask]
        covered |= polygon_mask(polygon, width=SMALL_WIDTH, height=SMALL_HEIGHT).astype(np.uint8)
    grown = cv2.dilate(covered, np.ones((2 * _EDGE_PIXELS + 1,) * 2, np.uint8))
    return np.asarray(grown, np.bool_)
