"""Convert public data sets to training folders: `python models/prepare.py SOURCES.toml --out DIR [--teacher WEIGHTS]`.

SOURCES.toml names each source, its format (yolo, coco, taco, voc, mask), its licence, and the class that each of its
classes is mapped to; a class without a mapping is an error. Images that show the same scene are never in two parts; of
duplicates within a source, one is used. With a teacher, bounding boxes of classes that a source does not label are
added to train and val, never to test. The script writes images/, labels/ or masks/, data.yaml, manifest.json and
PROVENANCE.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from workbench.bounding_boxes import ImageArray, overlap
from workbench.folders import CLASSES, OLDER_CLASSES, DataError, read_image, read_mask
from workbench.formats import READERS, Box, SourceImage
from workbench.likeness import groups, print_of
from workbench.run_settings import SettingsError, read_settings
from workbench.runtimes import Detector, open_detector
from workbench.tables import table

PARTS = ("test", "val", "train")  # in the order in which likeness is decided: test is kept first


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One data set: where it is, what it labels, and what may be done with it.

    `refuted`: a folder of YOLO files with boxes that are known to be wrong, which no teacher may add again.
    """

    key: str
    format: str
    images: str
    labels: str
    licence: str
    address: str
    covers: tuple[str, ...] = ()
    classes: dict[str, str] = field(default_factory=dict)
    drop_boxes: tuple[str, ...] = ()
    drop_images: tuple[str, ...] = ()
    only_part: str = ""
    refuted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The whole file: all sources, how they are split, how large pictures may be."""

    source: tuple[dict[str, Any], ...]
    val_share: float = 0.1
    test_share: float = 0.1
    longest_side: int = 640
    quality: int = 90
    teacher_score: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedImage:
    """A picture on its way into the folder."""

    source: Source
    found: SourceImage
    boxes: tuple[Box, ...]
    name: str
    refuted: tuple[Box, ...] = ()


def sources_of(recipe: Recipe, where: Path) -> list[Source]:
    """The recipe's sources, checked; SettingsError names the source and key."""
    sources = []
    for number, given in enumerate(recipe.source):
        title = f"{where}: source {number} ({given.get('key', '?')})"
        try:
            values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
            one = Source(**values)
        except TypeError as error:
            raise SettingsError(f"{title}: {error}") from error
        if one.format not in READERS:
            raise SettingsError(f"{title}: format = {one.format!r}: expected one of {', '.join(READERS)}")
        if one.only_part not in ("", *PARTS):
            raise SettingsError(f"{title}: only_part = {one.only_part!r}: expected one of {', '.join(PARTS)}")
        wrong = [c for c in (*one.classes.values(), *one.covers) if c not in CLASSES]
        if wrong:
            raise SettingsError(f"{title}: class {wrong[0]!r}: expected one of {', '.join(CLASSES)}")
        sources.append(one)
    return sources


def mapped(source: Source, found: SourceImage) -> tuple[Box, ...] | None:
    """The picture's boxes in our classes, or None where the picture is to be dropped."""
    boxes = []
    for label, *place in found.boxes:
        if label in source.drop_images:
            return None
        if label in source.drop_boxes:
            continue
        if label not in source.classes:
            raise SettingsError(
                f"source {source.key}: class {label!r} of {found.image} is not named in classes or drop_boxes"
            )
        x, y, w, h = place
        left, right = max(0.0, x - w / 2), min(1.0, x + w / 2)
        top, bottom = max(0.0, y - h / 2), min(1.0, y + h / 2)
        if right - left > 1e-4 and bottom - top > 1e-4:
            boxes.append((source.classes[label], (left + right) / 2, (top + bottom) / 2, right - left, bottom - top))
    return tuple(boxes)


def gather(source: Source, root: Path) -> list[SelectedImage]:
    """All pictures of a source with mapped boxes, named by source and content address."""
    retained = []
    wrong = {}
    if source.refuted:
        wrong = {one.image: one.boxes for one in READERS["yolo"](root / source.images, root / source.refuted)}
    for found in READERS[source.format](root / source.images, root / source.labels):
        boxes = mapped(source, found)
        if boxes is not None:
            digest = hashlib.sha256(str(found.image.relative_to(root)).encode()).hexdigest()[:10]
            refuted = wrong.get(found.image, ())
            retained.append(
                SelectedImage(source=source, found=found, boxes=boxes, name=f"{source.key}_{digest}", refuted=refuted)
            )
    return retained


def split(retained: Sequence[SelectedImage], recipe: Recipe) -> list[str]:
    """The part of each picture, `` where it is left out: likeness groups stay together and repeat once per source."""
    all_images = [_small(read_image(k.found.image), 128) for k in retained]
    likeness = groups([(print_of(p), print_of(np.ascontiguousarray(p[:, ::-1]))) for p in all_images])
    wanted: dict[int, str] = {}
    for one, group in sorted(zip(retained, likeness, strict=True), key=lambda pair: pair[0].name):
        part = one.source.only_part or _part_of(one.name, recipe)
        if group not in wanted or PARTS.index(part) < PARTS.index(wanted[group]):
            wanted[group] = part
    seen: set[tuple[int, str]] = set()
    parts = []
    for one, group in zip(retained, likeness, strict=True):
        first = (group, one.source.key) not in seen
        seen.add((group, one.source.key))
        # A source that is for one part alone never leaves it, not even by likeness.
        fits = one.source.only_part in ("", wanted[group])
        parts.append(wanted[group] if first and fits else "")
    return parts


def _part_of(name: str, recipe: Recipe) -> str:
    """By the name's hash, so that a picture keeps its part when others are added."""
    place = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 16**8
    return "test" if place < recipe.test_share else "val" if place < recipe.test_share + recipe.val_share else "train"


def taught(teacher: Detector, image: ImageArray, one: SelectedImage, score: float) -> list[Box]:
    """Boxes that the teacher sees of classes which the source does not label, away from its own and refuted boxes."""
    height, width = image.shape[:2]
    occupied = (*one.boxes, *one.refuted)
    own = np.array([[x - w / 2, y - h / 2, x + w / 2, y + h / 2] for _, x, y, w, h in occupied]).reshape(-1, 4)
    boxes: list[Box] = []
    for x1, y1, x2, y2, sure, label in teacher.find(image, floor=score):
        name = teacher.classes[int(label)]
        place = np.array([[x1 / width, y1 / height, x2 / width, y2 / height]])
        if name in one.source.covers or sure < score or (len(own) and overlap(place, own).max() > 0.5):
            continue
        a, b, c, d = place[0]
        boxes.append((name, float(a + c) / 2, float(b + d) / 2, float(c - a), float(d - b)))
    return boxes


def write(
    out: Path, retained: Sequence[SelectedImage], parts: Sequence[str], recipe: Recipe, teacher: Detector | None
) -> Counter[tuple[str, str, str]]:
    """The folder; counts by (source, part, what)."""
    counts: Counter[tuple[str, str, str]] = Counter()
    manifest: dict[str, Any] = {}
    for one, part in zip(retained, parts, strict=True):
        if not part:
            counts[one.source.key, "left out", "images"] += 1
            continue
        image = read_image(one.found.image)
        added = taught(teacher, image, one, recipe.teacher_score) if teacher and part != "test" else []
        _write_image(out / "images" / part / f"{one.name}.jpg", _small(image, recipe.longest_side), recipe.quality)
        if one.source.format == "mask":
            _put_mask(out / "masks" / part / f"{one.name}.png", one, image, recipe.longest_side)
        else:
            _put_labels(out / "labels" / part / f"{one.name}.txt", [*one.boxes, *added])
        counts[one.source.key, part, "images"] += 1
        counts[one.source.key, part, "boxes"] += len(one.boxes)
        counts[one.source.key, part, "teacher's boxes"] += len(added)
        manifest[one.name] = {
            "source": one.source.key,
            "original": str(one.found.image.name),
            "human_boxes": len(one.boxes),
            "teacher_boxes": len(added),
            "annotated_classes": list(OLDER_CLASSES if added else one.source.covers or OLDER_CLASSES),
        }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1))
    names = "".join(f"  {i}: {name}\n" for i, name in enumerate(CLASSES))
    (out / "data.yaml").write_text(
        f"path: {out.resolve()}\ntrain: images/train\nval: images/val\ntest: images/test\nnames:\n{names}"
    )
    return counts


def _small(image: ImageArray, longest: int) -> ImageArray:
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _write_image(path: Path, image: ImageArray, quality: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, quality])


def _put_mask(path: Path, one: SelectedImage, image: ImageArray, longest: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    small = _small(image, longest)
    wet = read_mask(one.found.mask) if one.found.mask else np.zeros(image.shape[:2], bool)
    if wet.shape != image.shape[:2]:
        raise DataError(
            f"{one.found.mask}: got size {wet.shape[::-1]}, expected that of its image, {image.shape[1::-1]}"
        )
    fitted = cv2.resize(wet.astype(np.uint8) * 255, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST)
    cv2.imwrite(str(path), fitted)


def _put_labels(path: Path, boxes: Sequence[Box]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{CLASSES.index(label)} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n" for label, x, y, w, h in boxes]
    path.write_text("".join(lines))


def provenance(sources: Sequence[Source], counts: Counter[tuple[str, str, str]]) -> str:
    """The table of what came from where, under which licence, and how much of it."""
    rows = []
    for source in sources:
        key = source.key
        split_counts = "/".join(str(counts[key, part, "images"]) for part in ("train", "val", "test"))
        boxes = sum(counts[key, part, "boxes"] for part in PARTS)
        added = sum(counts[key, part, "teacher's boxes"] for part in PARTS)
        left_out = counts[key, "left out", "images"]
        rows.append([key, source.address, source.licence, split_counts, str(left_out), str(boxes), str(added)])
    head = ["source", "from", "licence", "train/val/test", "left out as alike", "boxes", "teacher's boxes"]
    return "# Provenance\n\n" + table(head, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 0 when written, 2 when settings or data are wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", type=Path, metavar="SOURCES.toml", help="description of the sources")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--root", type=Path, help="folder of the sources; by default the folder of SOURCES.toml")
    parser.add_argument("--teacher", type=Path, help="weights that label the classes that a source does not label")
    options = parser.parse_args(arguments)
    try:
        recipe = read_settings(options.recipe, Recipe)
        sources = sources_of(recipe, options.recipe)
        teacher = open_detector(options.teacher) if options.teacher else None
        retained = [one for source in sources for one in gather(source, options.root or options.recipe.parent)]
        if not retained:
            raise DataError(f"{options.recipe}: expected at least one source with images")  # noqa: TRY301
        options.out.mkdir(parents=True, exist_ok=True)
        counts = write(options.out, retained, split(retained, recipe), recipe, teacher)
    except (SettingsError, DataError) as error:
        print(error, file=sys.stderr)
        return 2
    text = provenance(sources, counts)
    (options.out / "PROVENANCE.md").write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
