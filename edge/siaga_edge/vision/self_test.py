"""Asks the models of a node about a drawn image whose truth is known, before anything is decided by them.

A damaged engine, a processor that rounds wrongly, or weights for another task answer without any error.
"""

from __future__ import annotations

from siaga_core.vision.errors import ModelError
from siaga_core.vision.image import Image
from siaga_core.vision.image_files import read_image
from siaga_core.vision.self_test import KNOWN, KNOWN_IMAGE, check_detector
from siaga_edge.vision.models import VisionModels
from siaga_edge.vision.ports import WaterSegmenter


def check_vision_models(vision_models: VisionModels) -> None:
    """Raises `ModelError` that says what was seen and what was expected."""
    image = read_image(KNOWN_IMAGE)
    check_detector(vision_models.detector, image)
    check_water(vision_models.water, image)


def check_water(water: WaterSegmenter, image: Image | None = None) -> None:
    """Raise an error where a water segmenter fails on the known image."""
    share = water.look(read_image(KNOWN_IMAGE) if image is None else image).share()
    if abs(share - KNOWN.water_share) > KNOWN.water_tolerance:
        raise ModelError(
            f"the water model fails on the reference image: got {share:.3f} of it under water, "
            f"expected {KNOWN.water_share:g} +- {KNOWN.water_tolerance:g}"
        )
