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

# What the product tells apart, in the order of the labels' numbers. Who labelled a folder without a manifest knew the
# older ones.
OLDER_CLASSES = ("person", "bicycle", "motorcycle", "car", "bus", "truck", "trash")
CLASSES = (*OLDER_CLASSES, "three_wheeler", "bin", "overfull_bin")
IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


class DataError(ValueError):
    """A data folder is not what it must be; names the file, the line and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledImage:
    """A picture and its boxes (class, centre x, centre y, width, height as shares of the picture).

    `covered` are the classes that people labelled here; a teacher's labels are for training alone.
    """

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


def notes_of(folder: Path) -> dict[str, dict[str, Any]]:
    """What manifest.json (of a pack also manifest_val.json) says of each picture, by the stem of its name."""
    notes: dict[str, dict[str, Any]] = {}
    for name in ("manifest.json", "manifest_val.json"):
        if (folder / name).is_file():
            given = json.loads((folder / name).read_text())
            notes |= {stem: _note(note) for stem, note in given.get("pictures", given).items()}
    return notes


def _note(note: dict[str, Any]) -> dict[str, Any]:
    """A note in one spelling: a pack says `annotated` and `teacher`, and `dark`."""
    spelt = {"annotated_classes": note.get("annotated"), "teacher_classes": note.get("teacher")}
    dark = {"condition": "dark"} if note.get("dark") else {}
    return {**{key: value for key, value in spelt.items() if value is not None}, **dark, **note}


def detection_folder(folder: Path, names: Sequence[str], *, part: str = "") -> list[LabelledImage]:
    """All pictures of images/PART with labels/PART; manifest.json says what each picture's labels cover.

    Labels number the product's classes; of those, the ones in `names` are given, numbered as there.
    """
    notes = notes_of(folder)
    images, labels = folder / "images" / part, folder / "labels" / part
    found = []
    for image in images_in(images):
        note = notes.get(image.stem, {})
        covered = note.get("annotated_classes", OLDER_CLASSES)
        unknown = set(covered) - set(CLASSES)
        if unknown:
            raise DataError(
                f"{folder}/manifest.json: {image.stem}: annotated_classes {sorted(unknown)} not in {CLASSES}"
            )
        boxes = read_labels(labels / image.relative_to(images).with_suffix(".txt"), classes=len(CLASSES))
        found.append(
            LabelledImage(
                image=image,
                boxes=_numbered_as_in(names, boxes),
                covered=frozenset(names.index(one) for one in covered if one in names),
                source=str(note.get("source", "")),
                condition=note.get("condition"),
            )
        )
    if not found:
        raise DataError(f"{images}: expected a folder with images")
    return found


def _numbered_as_in(names: Sequence[str], boxes: Floats) -> Floats:
    """Boxes of the product's classes with the numbers that they have in `names`; the others are left out."""
    there = np.array([CLASSES[int(row[0])] in names for row in boxes], bool)
    out: Floats = boxes[there]
    out[:, 0] = [names.index(CLASSES[int(row[0])]) for row in out]
    return out


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
