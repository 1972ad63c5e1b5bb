"""Opens the models of NODE.toml once, as a start does, for a technician at the site."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from siaga_core.vision.errors import VisionError
from siaga_core.vision.image_files import read_image
from siaga_core.vision.self_test import KNOWN_IMAGE
from siaga_edge.fleet.model_registry import ModelRegistry
from siaga_edge.settings import NodeSettings

_LOOKS = 3  # the fastest is told: other programs disturb a single one


def models_answer(settings: NodeSettings) -> str:
    """Which models run on what, how long a look takes, and why not on a better device; raises OSError."""
    try:
        opened = ModelRegistry(None, runtime=settings.runtime).open(settings.models, {})
        image, models = read_image(KNOWN_IMAGE), opened.vision_models
        looks = (
            _milliseconds(lambda: models.detector.detect(image, floor=0.25)),
            _milliseconds(lambda: models.water.look(image)),
        )
    except VisionError as error:
        raise OSError(str(error)) from None
    found = ", ".join(f"{one.name} {look:.0f} ms a look" for one, look in zip(opened.health, looks, strict=True))
    why = f" ({'; '.join(opened.refused)})" if opened.refused else ""
    return f"{found}, with {settings.models.backend} on {opened.device}{why}"


def _milliseconds(look: Callable[[], object]) -> float:
    times = []
    for _ in range(_LOOKS):
        began = perf_counter()
        look()
        times.append(perf_counter() - began)
    return min(times) * 1000
