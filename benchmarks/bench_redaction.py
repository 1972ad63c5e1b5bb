"""Redacting a photo: time on one core, memory, and how many people and vehicles of labelled pictures are hidden.

Recall is measured where SIAGA_BENCH_LABELLED names a folder with `images` and YOLO `labels` below it (file names in
both the same, classes numbered as in models/weights/manifest.toml). A `manifest*.json` may name for each picture
(`human_boxes`) how many of its first labels are by people; labels by a model are left out. The folder is not in the
repository, because real people are on its pictures.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import cv2
import numpy as np
from benchmarks.figure import Figure
from numpy.typing import NDArray

from siaga_cloud.media.redactor import MODEL, PhotoRedactor
from siaga_core.rules.geometry import Box
from siaga_core.vision.anonymise import PHOTO_FLOOR, covered_regions, photo_detections
from siaga_core.vision.detector import OnnxDetector
from siaga_core.vision.image import Image, size_of
from siaga_core.vision.image_files import IMAGE_SUFFIXES, encode_jpeg, read_image
from siaga_core.vision.manifest import read_manifest
from siaga_core.vision.self_test import KNOWN_IMAGE

PHOTOS, LARGE = 20, (2048, 1536)  # as large as the intake stores them
NEAR_PIXELS = 80  # the height of a person whose face could be recognised, about twelve pixels wide
HIDDEN_SHARE = 0.9
VEHICLES = frozenset({"car", "bus", "truck"})
TWO_WHEELS = frozenset({"motorcycle", "bicycle"})


def figures() -> Iterator[Figure]:
    """Time and memory for photos of the largest size; recall where labelled pictures are at hand."""
    yield from _cost()
    folder = os.environ.get("SIAGA_BENCH_LABELLED")
    if folder:
        yield from _recall(Path(folder))


def _cost() -> Iterator[Figure]:
    redactor, street = PhotoRedactor(), read_image(KNOWN_IMAGE)
    before = _peak_mb()
    large = np.asarray(cv2.resize(street, LARGE, interpolation=cv2.INTER_CUBIC), np.uint8)
    jpeg = encode_jpeg(large)
    redactor.redact(jpeg)
    seconds = [_timed(redactor, jpeg) for _ in range(PHOTOS)]
    yield Figure(name="redaction.seconds_p50", value=median(seconds), unit="s")
    yield Figure(name="redaction.seconds_p95", value=quantiles(seconds, n=20)[-1], unit="s", target=2, at_most=True)
    yield Figure(name="redaction.memory", value=_peak_mb() - before, unit="MB", target=400, at_most=True)


def _timed(redactor: PhotoRedactor, jpeg: bytes) -> float:
    """Of the processor, so that other work on the machine does not count."""
    began = time.process_time()
    redactor.redact(jpeg)
    return time.process_time() - began


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _recall(folder: Path) -> Iterator[Figure]:
    row = read_manifest().load(MODEL, "detect")
    detector, seen, hidden, covered = OnnxDetector(row), Counter[str](), Counter[str](), []
    human = _human_labels(folder)
    for path in sorted(path for path in (folder / "images").rglob("*") if path.suffix.lower() in IMAGE_SUFFIXES):
        image = read_image(path)
        cover = _cover(image, covered_regions(photo_detections(image, detector), floor=PHOTO_FLOOR))
        covered.append(float(cover.mean()))
        lines = _labels(folder, path)[: human.get(path.stem)]
        for label, box in ((row.row.classes[number], box) for number, box in lines if number < len(row.row.classes)):
            for group, part in _parts(label, box, size_of(image)):
                seen[group] += 1
                hidden[group] += _is_hidden(cover, part)
    for group, number in sorted(seen.items()):
        yield Figure(name=f"redaction.labelled_{group}", value=number, unit="")
        yield Figure(name=f"redaction.hidden_{group}", value=hidden[group] / number, unit="")
    yield Figure(name="redaction.covered", value=float(np.mean(covered)), unit="of the image")


def _human_labels(folder: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in folder.glob("manifest*.json"):
        content = json.loads(path.read_text("utf-8"))
        found |= {name: int(one["human_boxes"]) for name, one in content.get("pictures", content).items()}
    return found


def _labels(folder: Path, image: Path) -> list[tuple[int, Box]]:
    path = (folder / "labels" / image.relative_to(folder / "images")).with_suffix(".txt")
    rows = [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()] if path.is_file() else []
    return [(int(number), _box(*map(float, sides))) for number, *sides in rows]


def _box(x: float, y: float, width: float, height: float) -> Box:
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _parts(label: str, box: Box, size: tuple[int, int]) -> Iterator[tuple[str, Box]]:
    """What of a labelled thing must be hidden: a head, the lower half with the plate, or all of a two-wheeler."""
    width, height = box.x2 - box.x1, box.y2 - box.y1
    if label == "person":
        head = Box(box.x1 + width / 4, box.y1, box.x2 - width / 4, box.y1 + height / 4)
        yield "heads", head
        if height * size[1] >= NEAR_PIXELS:
            yield "heads_near", head
    elif label in VEHICLES:
        yield "plates_of_vehicles", Box(box.x1, box.y1 + height / 2, box.x2, box.y2)
    elif label in TWO_WHEELS:
        yield "two_wheelers", box


def _cover(image: Image, regions: tuple[Box, ...]) -> NDArray[np.bool_]:
    width, height = size_of(image)
    cover = np.zeros((height, width), np.bool_)
    for one in regions:
        rows = slice(max(0, int(one.y1)), max(0, int(np.ceil(one.y2))))
        cover[rows, max(0, int(one.x1)) : max(0, int(np.ceil(one.x2)))] = True
    return cover


def _is_hidden(cover: NDArray[np.bool_], part: Box) -> bool:
    height, width = cover.shape
    top, left = max(0, int(part.y1 * height)), max(0, int(part.x1 * width))
    pixels = cover[top : max(top + 1, int(part.y2 * height)), left : max(left + 1, int(part.x2 * width))]
    return bool(pixels.size) and float(pixels.mean()) >= HIDDEN_SHARE
