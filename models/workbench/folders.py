"""Data folders: pictures with YOLO labels, or pictures with water masks; bad ones are refused exactly."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .bounding_boxes import Floats, ImageArray

IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


class DataError(ValueError):
    """A data folder is not what it must be; names the file, the line and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledImage:
    """A picture and its boxes (class, centre x, centre y, width, height as shares of the picture)."""

    image: Path
    boxes: Floats
    covered: frozenset[int]
    source: str
    condition: str | None = None

    def corners(self, width: int, height: int) -> Floats:
        """Rows (x1, y1, x2, y2, class) in pixels of a picture of that size."""
        b = self.boxes
        out = np.empty((len(b), 5))
        out[:, 0], out[:, 2] = (b[:, 1] - b[:, 3] / 2) * width, (b[:, 1] + b[:, 3] / 2) * width
        out[:, 1], out[:, 3] = (b[:, 2] - b[:, 4] / 2) * height, (b[:, 2] + b[:, 4] / 2) * height
        out[:, 4] = b[:, 0]
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedImage:
    """A picture and its water mask file."""

    image: Path
    mask: Path
    source: str


def read_image(path: Path) -> ImageArray:
    """The picture as BGR; DataError where it cannot be decoded."""
    image = cv2.imread(str(path))
    if image is None:
        raise DataError(f"{path}: the image cannot be read")
    return np.asarray(image, np.uint8)


def read_mask(path: Path) -> NDArray[np.bool_]:
    """The mask, true where water; any non-zero pixel counts."""
    mask = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        raise DataError(f"{path}: the mask cannot be read")
    return np.asarray(mask) > 0


def images_in(folder: Path) -> list[Path]:
    """All picture files below a folder, by name."""
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in IMAGES)


def task_of(folder: Path) -> str:
    """`detect` where there are labels, `water` where there are masks."""
    if (folder / "labels").is_dir():
        return "detect"
    if (folder / "masks").is_dir():
        return "water"
    raise DataError(f"{folder}: expected a folder `labels` (YOLO) or `masks` (water) beside `images`")


def read_labels(path: Path, *, classes: int) -> Floats:
    """The boxes of one YOLO label file; an absent file is a picture without boxes."""
    if not path.is_file():
        return np.zeros((0, 5))
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = [float(word) for word in line.split()]
        except ValueError:
            row = []
        if len(row) != 5 or not 0 <= row[0] < classes or min(row[3:], default=0) <= 0:
            raise DataError(f"{path}:{number}: {line!r}: expected `class x y width height`, class below {classes}")
        rows.append(row)
    return np.array(rows, float).reshape(-1, 5)


def detection_folder(folder: Path, names: Sequence[str], *, part: str = "") -> list[LabelledImage]:
    """All pictures of images/PART with labels/PART; manifest.json says what each picture's labels cover."""
    manifest: dict[str, Any] = {}
    if (folder / "manifest.json").is_file():
        manifest = json.loads((folder / "manifest.json").read_text())
    images, labels = folder / "images" / part, folder / "labels" / part
    found = []
    for image in images_in(images):
        note = manifest.get(image.stem, {})
        covered = note.get("annotated_classes", names)
        unknown = set(covered) - set(names)
        if unknown:
            raise DataError(f"{folder}/manifest.json: {image.stem}: annotated_classes {sorted(unknown)} not in {names}")
        found.append(
            LabelledImage(
                image=image,
                boxes=read_labels(labels / image.relative_to(images).with_suffix(".txt"), classes=len(names)),
                covered=frozenset(names.index(one) for one in covered),
                source=str(note.get("source", "")),
                condition=note.get("condition"),
            )
        )
    if not found:
        raise DataError(f"{images}: expected a folder with images")
    return found


def water_folder(folder: Path, *, part: str = "") -> list[MaskedImage]:
    """All pictures of images/PART with their masks/PART/<stem>.png; each must have one."""
    images, masks = folder / "images" / part, folder / "masks" / part
    found = []
    for image in images_in(images):
        mask = masks / image.relative_to(images).with_suffix(".png")
        if not mask.is_file():
            raise DataError(f"{image}: expected its mask at {mask}")
        found.append(MaskedImage(image=image, mask=mask, source=image.stem.split("_")[0]))
    if not found:
        raise DataError(f"{images}: expected a folder with images")
    return found
