"""Looks at image and clip files: what stands in them, and how much of them is under water."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siaga_core.vision.detections import Detection, above
from siaga_core.vision.errors import ImageError
from siaga_core.vision.image import Image, size_of
from siaga_core.vision.image_files import IMAGE_SUFFIXES, encode_jpeg, read_image
from siaga_edge.camera.capture.clip import CLIP_SUFFIXES, clip_frames
from siaga_edge.camera.view.view_check import is_infrared
from siaga_edge.vision.drawing import with_detections, with_water
from siaga_edge.vision.models import VisionModels
from siaga_edge.vision.water import WaterMap

_LEAST_FLOOR = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDetection:
    """What was seen in an image, or in one frame of a clip (`at_s` seconds after its first).

    `water` is None in infrared images, in which the segmenter sees no water even where there is some. `models` are the
    names of what looked, by task.
    """

    source: Path
    image: Image
    detections: tuple[Detection, ...]
    water: WaterMap | None
    models: Mapping[str, str]
    at_s: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The object that `detect --json` prints; boxes in pixels of the image."""
        width, height = size_of(self.image)
        found: dict[str, Any] = {
            "source": str(self.source),
            "width": width,
            "height": height,
            "detections": [_detection_json(one) for one in self.detections],
            "water_share": None if self.water is None else round(self.water.share(), 4),
            "water_unknown": "infrared" if self.water is None else None,
            "models": dict(self.models),
        }
        return found if self.at_s is None else found | {"at_s": round(self.at_s, 3)}

    def drawn(self) -> Image:
        """The image with boxes, labels and tinted water."""
        seen = self.image if self.water is None else with_water(self.image, self.water)
        return with_detections(seen, self.detections)


def files_in(paths: list[Path]) -> Iterator[Path]:
    """The paths, each folder replaced by the images and clips below it, in order of name."""
    for path in paths:
        if path.is_dir():
            below = (file for file in path.rglob("*") if file.suffix.lower() in IMAGE_SUFFIXES | CLIP_SUFFIXES)
            yield from sorted(file for file in below if file.is_file())
        else:
            yield path


def look_at(
    file: Path,
    vision_models: VisionModels,
    *,
    thresholds: Mapping[str, float],
    every_seconds: float,
    models: Mapping[str, str],
) -> Iterator[FileDetection]:
    """One look for an image, one each `every_seconds` for a clip; raises `ImageError`."""
    if is_clip(file):
        for frame in clip_frames(file, every_seconds=every_seconds):
            yield _look(file, frame.image, vision_models, thresholds, models, frame.at_s)
    else:
        yield _look(file, read_image(file), vision_models, thresholds, models, None)


def is_clip(file: Path) -> bool:
    """Whether a file is taken for a clip, by its name."""
    return file.suffix.lower() in CLIP_SUFFIXES


class DrawnImageFolder:
    """Writes drawn images into a folder under names that tell their source, never the same one twice."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: set[str] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ImageError(f"{folder}: expected a folder to write to: {error.strerror}") from None

    def save(self, look: FileDetection) -> Path:
        """The path of the written JPEG; raises `ImageError` when it cannot be written."""
        stem = look.source.stem if look.at_s is None else f"{look.source.stem}_{look.at_s:09.3f}s"
        name, number = stem, 2
        while name in self._used:
            name, number = f"{stem}-{number}", number + 1
        self._used.add(name)
        path = self._folder / f"{name}.jpg"
        try:
            path.write_bytes(encode_jpeg(look.drawn(), quality=90))
        except OSError as error:
            raise ImageError(f"{path}: cannot be written: {error.strerror}") from None
        return path


def _look(
    source: Path,
    image: Image,
    vision_models: VisionModels,
    thresholds: Mapping[str, float],
    models: Mapping[str, str],
    at_s: float | None,
) -> FileDetection:
    floor = max(_LEAST_FLOOR, min(thresholds.values()))
    found = vision_models.detector.detect(image, floor=floor)
    return FileDetection(
        source=source,
        image=image,
        detections=above(found, thresholds),
        water=None if is_infrared(image) else vision_models.water.look(image),
        models=models,
        at_s=at_s,
    )


def _detection_json(found: Detection) -> dict[str, Any]:
    sides = (found.box.x1, found.box.y1, found.box.x2, found.box.y2)
    return {
        "label": found.label,
        "confidence": round(found.score, 4),
        "box": [round(side, 1) for side in sides],
    }
