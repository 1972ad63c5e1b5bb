"""Makes evidence images: people and plates first made unrecognisable, then the finding drawn, then JPEG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from siaga_core.rules.geometry import Box, Point
from siaga_core.vision.anonymise import redacted
from siaga_core.vision.detections import in_pixels
from siaga_core.vision.image import Image, size_of
from siaga_core.vision.image_files import encode_jpeg
from siaga_core.wire.messages import EvidenceRole
from siaga_edge.camera.detection.look import Look
from siaga_edge.camera.zones.depth_marks import MarkObservation
from siaga_edge.events.drafts import EvidenceImage
from siaga_edge.vision.drawing import (
    ALARM_COLOUR,
    DRY_COLOUR,
    WATER_COLOUR,
    draw_box,
    draw_mark,
    draw_outline,
    with_water,
)
from siaga_edge.vision.water import WaterMap

MAX_SIDE = 1280
_JPEG_QUALITY = 82


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceMarks:
    """What is drawn on evidence: the zone's outline, and a box with a text, or water and marks of known height."""

    outline: Sequence[Point] = ()
    box: Box | None = None
    text: str = ""
    water: WaterMap | None = None
    depth: Sequence[MarkObservation] = ()


def make_evidence_image(
    look: Look, role: EvidenceRole, marks: EvidenceMarks, *, max_side: int = MAX_SIDE
) -> EvidenceImage:
    """A finished evidence image; raises `LookError` when nobody can say whom to hide."""
    drawn = redacted(look.image, look.detections())
    if marks.water is not None:
        drawn = with_water(drawn, marks.water)
    if marks.outline:
        draw_outline(drawn, marks.outline, colour=WATER_COLOUR)
    for mark in marks.depth:
        draw_mark(drawn, mark.at, text=mark.text, colour=WATER_COLOUR if mark.covered else DRY_COLOUR)
    if marks.box is not None:
        width, height = size_of(drawn)
        draw_box(drawn, in_pixels(marks.box, width=width, height=height), text=marks.text, colour=ALARM_COLOUR)
    return _finished(drawn, look, role, max_side)


def _finished(drawn: Image, look: Look, role: EvidenceRole, max_side: int) -> EvidenceImage:
    width, height = size_of(drawn)
    scale = max_side / max(width, height)
    if scale < 1:
        width, height = round(width * scale), round(height * scale)
        drawn = np.asarray(cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return EvidenceImage(
        role=role,
        taken_at=look.at,
        jpeg=encode_jpeg(drawn, quality=_JPEG_QUALITY),
        width=width,
        height=height,
        redacted=True,
    )
