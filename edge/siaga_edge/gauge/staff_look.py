"""One look at a staff: strips of some frames in, a reading out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from siaga_edge.gauge.staff_cues import evidence
from siaga_edge.gauge.staff_reading import StaffObservation, StaffReading, reading
from siaga_edge.gauge.staff_strip import FLANK, Floats, StaffPlace, Strips, grid
from siaga_edge.gauge.staff_waterline import locate
from siaga_edge.vision.water import WaterMap

_HALVES_FROM = 4  # frames


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLook:
    """What was read, and where the waterline was found, reported or not."""

    reading: StaffReading
    found_cm: float


def joined(strips: Sequence[Strips]) -> Strips:
    """Strips of several frames of one view as one."""
    return replace(
        strips[0],
        staff=np.concatenate([each.staff for each in strips]),
        flanks=np.concatenate([each.flanks for each in strips]),
    )


def look_at_staff(
    strips: Strips,
    place: StaffPlace,
    *,
    max_uncertainty_cm: float,
    wet: Floats | None = None,
    shift_px: float = 0.0,
) -> StaffLook:
    """Strips of frames that are a moment long; `wet` is what the water model says beside the staff, where it was
    asked; `shift_px` is how far the view may have been moved unnoticed."""
    whole = _seen(strips, wet)
    frames = len(strips.staff)
    halves = (
        []
        if frames < _HALVES_FROM
        else [_seen(_only(strips, half), wet) for half in (slice(0, None, 2), slice(1, None, 2))]
    )
    nearest = int(np.argmin(np.abs(strips.levels_cm - whole.level_cm)))
    pixel_cm = float(strips.pixel_cm[nearest])
    reported = reading(
        whole,
        halves,
        scale=place.scale,
        pixel_cm=pixel_cm,
        shift_cm=shift_px * pixel_cm,
        max_uncertainty_cm=max_uncertainty_cm,
        frames=frames,
    )
    return StaffLook(reading=reported, found_cm=whole.level_cm)


def wet_beside(water: WaterMap, place: StaffPlace, levels: Floats, *, width: int, height: int) -> Floats:
    """How surely the water model sees water beside the staff at each level, 0..1, in an image of that size."""
    columns, rows = grid(place, levels, width, height)
    beside = np.concatenate([columns[:, :FLANK], columns[:, -FLANK:]], 1)
    down = np.concatenate([rows[:, :FLANK], rows[:, -FLANK:]], 1)
    small_height, small_width = water.probability.shape
    scaled = (
        ((beside + 0.5) * (small_width / width) - 0.5).astype(np.float32),
        ((down + 0.5) * (small_height / height) - 0.5).astype(np.float32),
    )
    found = cv2.remap(water.probability, *scaled, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found.mean(1), np.float32)


def _seen(strips: Strips, wet: Floats | None) -> StaffObservation:
    line = locate(evidence(strips, wet))
    return StaffObservation(
        level_cm=line.level_cm, uncertainty_cm=line.uncertainty_cm, above=line.above, below=line.below
    )


def _only(strips: Strips, frames: slice) -> Strips:
    return replace(strips, staff=strips.staff[frames], flanks=strips.flanks[frames])
