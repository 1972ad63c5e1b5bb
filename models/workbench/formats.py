"""Common public label formats read as one: YOLO, COCO (and TACO), Pascal VOC, mask pictures."""

from __future__ import annotations

import json
import tomllib
import xml.etree.ElementTree as Xml
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from .folders import DataError, images_in

Box = tuple[str, float, float, float, float]  # label, then centre x, centre y, width, height as shares


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceImage:
    """A picture of a source with the source's own labels, or with a mask."""

    image: Path
    boxes: tuple[Box, ...] = ()
    mask: Path | None = None


def read_yolo(images: Path, labels: Path) -> list[SourceImage]:
    """Label files beside each other; names from classes.txt or data.yaml above, else the numbers."""
    names = _yolo_names(labels)
    return [
        SourceImage(image=p, boxes=_yolo_boxes(labels / p.relative_to(images).with_suffix(".txt"), names))
        for p in images_in(images)
    ]


def _yolo_names(labels: Path) -> list[str]:
    for folder in (labels, *list(labels.parents)[:2]):
        if (folder / "classes.txt").is_file():
            return (folder / "classes.txt").read_text().split("\n")
        if (folder / "data.yaml").is_file():
            return _names_of_yaml((folder / "data.yaml").read_text())
    return []


def _names_of_yaml(text: str) -> list[str]:
    """`names: [a, b]`, `names:` with `- a` lines or with `0: a` lines; nothing else of YAML is needed."""
    after = text[text.index("names:") + 6 :]
    if after.lstrip(" ").startswith("["):
        return [str(one) for one in tomllib.loads("names = " + after[: after.index("]") + 1].strip())["names"]]
    names = []
    for line in after.splitlines()[1:]:
        if not line.startswith((" ", "-")):
            break
        names.append(line.strip().removeprefix("-").split(":")[-1].strip().strip("'\""))
    return names


def _yolo_boxes(path: Path, names: Sequence[str]) -> tuple[Box, ...]:
    if not path.is_file():
        return ()
    boxes = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            values = [float(w) for w in words[1:]]
            index = int(words[0])
        except ValueError:
            raise DataError(f"{path}:{number}: {line!r}: expected numbers") from None
        if len(values) >= 6 and len(values) % 2 == 0:
            values = _around(values[0::2], values[1::2])
        if len(values) != 4:
            raise DataError(f"{path}:{number}: {line!r}: expected `class x y width height` or a polygon")
        label = names[index] if index < len(names) else str(index)
        boxes.append((label, values[0], values[1], values[2], values[3]))
    return tuple(boxes)


def _around(xs: Sequence[float], ys: Sequence[float]) -> list[float]:
    return [(min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, max(xs) - min(xs), max(ys) - min(ys)]


def read_coco(images: Path, labels: Path) -> list[SourceImage]:
    """One JSON of instances; TACO is the same. Pictures that the JSON names but that are absent are left out."""
    document: dict[str, Any] = json.loads(labels.read_text())
    names = {c["id"]: str(c["name"]) for c in document["categories"]}
    by_image: dict[int, list[Box]] = {p["id"]: [] for p in document["images"]}
    size = {p["id"]: (p["width"], p["height"]) for p in document["images"]}
    for one in document["annotations"]:
        if one.get("iscrowd"):
            continue
        if one["image_id"] not in size:
            raise DataError(f"{labels}: annotation {one.get('id')} names image {one['image_id']}, which is not there")
        (x, y, w, h), (width, height) = one["bbox"], size[one["image_id"]]
        by_image[one["image_id"]].append(
            (names[one["category_id"]], (x + w / 2) / width, (y + h / 2) / height, w / width, h / height)
        )
    found = [SourceImage(image=images / p["file_name"], boxes=tuple(by_image[p["id"]])) for p in document["images"]]
    return [one for one in found if one.image.is_file()]


def read_voc(images: Path, labels: Path) -> list[SourceImage]:
    """One XML per picture."""
    found = []
    for image in images_in(images):
        path = labels / image.relative_to(images).with_suffix(".xml")
        boxes = _voc_boxes(path) if path.is_file() else ()
        found.append(SourceImage(image=image, boxes=boxes))
    return found


def _voc_boxes(path: Path) -> tuple[Box, ...]:
    try:
        root = Xml.parse(path).getroot()  # noqa: S314 - label files that the operator chose
        width, height = (float(_text(root, f"size/{side}")) for side in ("width", "height"))
        boxes = []
        for thing in root.iter("object"):
            x1, y1, x2, y2 = (float(_text(thing, f"bndbox/{key}")) for key in ("xmin", "ymin", "xmax", "ymax"))
            label = _text(thing, "name")
            boxes.append((label, (x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height))
    except (Xml.ParseError, ValueError, ZeroDivisionError) as error:
        raise DataError(f"{path}: {error}") from error
    return tuple(boxes)


def _text(node: Xml.Element, where: str) -> str:
    text = node.findtext(where)
    if text is None:
        raise ValueError(f"no <{where}>")
    return text


def read_masks(images: Path, labels: Path) -> list[SourceImage]:
    """One mask picture per picture, non-zero where water; `labels` may be absent for dry pictures."""
    masks = {m.stem: m for m in images_in(labels)} if labels.is_dir() else {}
    return [SourceImage(image=p, mask=masks.get(p.stem)) for p in images_in(images)]


READERS: dict[str, Callable[[Path, Path], list[SourceImage]]] = {
    "yolo": read_yolo,
    "coco": read_coco,
    "taco": read_coco,
    "voc": read_voc,
    "mask": read_masks,
}


def size_of(image: Path) -> tuple[int, int]:
    """(width, height) of a picture; DataError where it cannot be decoded."""
    read = cv2.imread(str(image))
    if read is None:
        raise DataError(f"{image}: the image cannot be read")
    return read.shape[1], read.shape[0]
