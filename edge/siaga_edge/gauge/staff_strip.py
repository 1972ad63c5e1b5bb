"""Cuts a staff out of frames: upright strips whose rows are even steps of level, the highest first.

Rows in cm and not in pixels, because a staff repeats itself each 10 cm, whatever the lens does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_core.vision.image import Image, size_of
from siaga_edge.gauge.staff_scale import Spot, StaffScale

Floats = NDArray[np.float32]

ROW_CM = 0.25
INNER, FLANK = 24, 12  # columns of the staff, and of what lies on each side of it
_MOST_ROWS = 3200
_REACH = (-1.5, -0.7, -0.5, 0.5, 0.7, 1.5)  # of the staff's width: flank, staff, flank


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPlace:
    """Where a staff stands in an image: line and width in shares, as in the settings, and its map to levels."""

    line: tuple[Spot, Spot]
    width: float
    scale: StaffScale


@dataclass(frozen=True, slots=True, kw_only=True)
class Strips:
    """`staff` and `flanks` are (frames, rows, columns, BGR), `levels_cm` the rows' levels, highest first.

    `pixel_cm` is how many cm of each row's neighbourhood one pixel of the image covers.
    """

    staff: Floats
    flanks: Floats
    levels_cm: Floats
    pixel_cm: Floats


def cut(frames: Sequence[Image], place: StaffPlace) -> Strips:
    """The strips of frames of one size."""
    width, height = size_of(frames[0])
    levels = _levels(place.scale)
    columns, rows = grid(place, levels, width, height)
    sampled = np.stack([_sampled(frame, columns, rows) for frame in frames])
    inner = slice(FLANK, FLANK + INNER)
    flanks = np.concatenate([sampled[:, :, :FLANK], sampled[:, :, FLANK + INNER :]], axis=2)
    return Strips(
        staff=sampled[:, :, inner],
        flanks=flanks,
        levels_cm=levels,
        pixel_cm=_pixel_cm(place, levels, width, height),
    )


def row_spots(place: StaffPlace, level_cm: float, *, width: int, height: int) -> tuple[Spot, Spot]:
    """The two ends, in pixels, of a level's mark across the staff."""
    columns, rows = grid(place, np.array([level_cm], np.float32), width, height)
    return (float(columns[0, 0]), float(rows[0, 0])), (float(columns[0, -1]), float(rows[0, -1]))


def grid(place: StaffPlace, levels: Floats, width: int, height: int) -> tuple[Floats, Floats]:
    """Columns and rows in pixels, (levels, flank + staff + flank) each."""
    along = np.array([place.scale.along(float(level)) for level in levels], np.float64)
    size = np.array([width, height], np.float64)
    first, last = (np.asarray(end) * size - 0.5 for end in place.line)
    direction = last - first
    beside = np.array([-direction[1], direction[0]]) / np.hypot(*direction)
    if beside[0] < 0:
        beside = -beside
    left, right = np.linspace(_REACH[0], _REACH[1], FLANK), np.linspace(_REACH[4], _REACH[5], FLANK)
    # A little within the plate's rims: calibration by hand is not exact, and the wall beside is not the staff.
    middle = np.linspace(_REACH[2] * 0.84, _REACH[3] * 0.84, INNER)
    offsets = np.concatenate([left, middle, right]) * place.width * width
    points = first + along[:, None, None] * direction + offsets[None, :, None] * beside
    return points[..., 0].astype(np.float32), points[..., 1].astype(np.float32)


def _levels(scale: StaffScale) -> Floats:
    one, other = scale.level_cm(0.0), scale.level_cm(1.0)
    low, high = min(one, other), max(one, other)
    step = max(ROW_CM, (high - low) / _MOST_ROWS)
    return np.arange(high, low, -step, dtype=np.float32)


def _sampled(frame: Image, columns: Floats, rows: Floats) -> Floats:
    found = cv2.remap(frame, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def _pixel_cm(place: StaffPlace, levels: Floats, width: int, height: int) -> Floats:
    (x1, y1), (x2, y2) = place.line
    length = float(np.hypot((x2 - x1) * width, (y2 - y1) * height))
    slopes = [abs(place.scale.cm_per_along(place.scale.along(float(level)))) for level in levels]
    return np.asarray(slopes, np.float32) / np.float32(length)
