"""Writes the review set as a folder that models/prepare.py, train_detector.py and evaluate.py read."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from siaga_cloud.platform.media.folder import MediaFolder
from siaga_cloud.review.service import CLASSES
from siaga_cloud.review.store import CleanFrame, ReviewItem

_TRIES = 24  # points looked at on each side of a box
_DRAWN_SHARE = 0.7  # drawn boxes gave 0.8 and more after JPEG, plain images 0.4 at most
_RED = 40  # JPEG halves the colour of thin lines


def parts_of(cameras: Sequence[str], val_share: float) -> dict[str, str]:
    """Return each camera's part, by its name's hash: what a camera saw is never both trained and measured on."""
    place = {name: int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 16**8 for name in set(cameras)}
    parts = {name: "val" if at < val_share else "train" for name, at in place.items()}
    if val_share and len(parts) > 1 and "val" not in parts.values():
        parts[min(place, key=lambda name: place[name])] = "val"
    if len(parts) > 1 and "train" not in parts.values():
        parts[max(place, key=lambda name: place[name])] = "train"
    return parts


def write(
    out: Path,
    items: Sequence[ReviewItem],
    media: MediaFolder,
    *,
    val_share: float,
    marked: bool,
    clean: Sequence[CleanFrame] = (),
) -> tuple[list[ReviewItem], Counter[str]]:
    """Write the folder; return the items that went in, and how many of what went in or was left out.

    A clean frame has no bounding box, and its labels cover trash alone: what else is in it nobody was asked.
    """
    counts: Counter[str] = Counter()
    contents = {one.id: content for one in items if (content := _content(one, media, marked, counts)) is not None}
    used = [one for one in items if one.id in contents]
    parts = parts_of([*(one.camera_id for one in used), *(one.camera_id for one in clean)], val_share)
    manifest: dict[str, Any] = {}
    for one in used:
        stem, part = f"{one.camera_id}_{one.id}", parts[one.camera_id]
        _put(out / "images" / part / f"{stem}.jpg", contents[one.id])
        _put(out / "labels" / part / f"{stem}.txt", _lines(one.boxes))
        _put(out / "refuted" / part / f"{stem}.txt", _lines([one.seen] if one.verdict == "false_alarm" else []))
        manifest[stem] = _provenance(one)
        counts[f"{part}, {one.verdict}"] += 1
    for frame in clean:
        stem, part = f"{frame.camera_id}_{frame.id}", parts[frame.camera_id]
        _put(out / "images" / part / f"{stem}.jpg", frame.jpeg)
        _put(out / "labels" / part / f"{stem}.txt", b"")
        _put(out / "refuted" / part / f"{stem}.txt", b"")
        manifest[stem] = _provenance_of_clean(frame)
        counts[f"{part}, random frame without trash"] += 1
    _put(out / "manifest.json", json.dumps(manifest, indent=1).encode())
    _put(out / "data.yaml", _data_yaml(out).encode())
    _put(out / "sources.toml", _recipe(sorted(set(parts.values()))).encode())
    return used, counts


def is_marked(jpeg: bytes, box: Mapping[str, Any]) -> bool:
    """Return whether the red frame of the alarm is drawn into the image, which a model would learn."""
    with Image.open(io.BytesIO(jpeg)) as opened:
        image = opened.convert("RGB")
    width, height = image.size
    reach = max(3, round(0.01 * max(width, height)))
    hits = 0
    for number in range(_TRIES):
        along = (number + 0.5) / _TRIES
        x = (box["x1"] + (box["x2"] - box["x1"]) * along) * width
        y = (box["y1"] + (box["y2"] - box["y1"]) * along) * height
        for side in (box["x1"] * width, box["x2"] * width):
            hits += _red_near(image, [(side + step, y) for step in range(-reach, reach + 1)])
        for side in (box["y1"] * height, box["y2"] * height):
            hits += _red_near(image, [(x, side + step) for step in range(-reach, reach + 1)])
    return hits >= _DRAWN_SHARE * 4 * _TRIES


def _red_near(image: Image.Image, places: Sequence[tuple[float, float]]) -> bool:
    width, height = image.size
    for x, y in places:
        spot = (min(width - 1, max(0, round(x))), min(height - 1, max(0, round(y))))
        colour = image.getpixel(spot)
        if isinstance(colour, tuple) and colour[0] - max(colour[1:3]) > _RED:
            return True
    return False


def _content(one: ReviewItem, media: MediaFolder, marked: bool, counts: Counter[str]) -> bytes | None:
    if one.rejected or any(box["label"] not in CLASSES for box in (one.seen, *one.boxes)):
        counts["left out: rejected, or of no class of the detector"] += 1
        return None
    try:
        content = media.read(one.sha256)
    except FileNotFoundError:
        counts["left out: image is no longer stored"] += 1
        return None
    if not marked and is_marked(content, one.seen):
        counts["left out: the alarm's box is drawn on it"] += 1
        return None
    return content


def _lines(boxes: Sequence[Mapping[str, Any]]) -> bytes:
    lines = []
    for box in boxes:
        x, y = (box["x1"] + box["x2"]) / 2, (box["y1"] + box["y2"]) / 2
        w, h = box["x2"] - box["x1"], box["y2"] - box["y1"]
        lines.append(f"{CLASSES.index(box['label'])} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n")
    return "".join(lines).encode()


def _provenance(one: ReviewItem) -> dict[str, Any]:
    return {
        "source": f"review {one.camera_id}",
        "camera": one.camera_id,
        "incident": str(one.incident_id),
        "event": str(one.event_id),
        "hazard": one.hazard,
        "verdict": one.verdict,
        "drawn_by_operator": one.edited_by is not None,
        "sha256": one.sha256,
        "collected_at": one.collected_at.isoformat(),
        # Where only the alarm has its box, nothing can be measured: other cars in the image have none.
        "annotated_classes": list(CLASSES if one.complete else ()),
    }


def _provenance_of_clean(frame: CleanFrame) -> dict[str, Any]:
    return {
        "source": f"sample {frame.camera_id}",
        "camera": frame.camera_id,
        "hazard": "trash",
        "verdict": "absent",
        "sha256": hashlib.sha256(frame.jpeg).hexdigest(),
        "collected_at": frame.taken_at.isoformat(),
        "annotated_classes": ["trash"],
    }


def _data_yaml(out: Path) -> str:
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(CLASSES))
    # A trainer wants a `val`; with one camera alone it is that camera again, and measures nothing about other streets.
    val = "val" if (out / "images" / "val").is_dir() else "train"
    train = "train" if (out / "images" / "train").is_dir() else "val"
    return f"path: {out.resolve()}\ntrain: images/{train}\nval: images/{val}\nnames:\n{names}"


def _recipe(parts: Sequence[str]) -> str:
    classes = ", ".join(f'{name} = "{name}"' for name in CLASSES)
    return "".join(
        f'[[source]]\nkey = "review{part}"\nformat = "yolo"\nimages = "images/{part}"\nlabels = "labels/{part}"\n'
        f'refuted = "refuted/{part}"\nlicence = "of the city"\naddress = "operators\' verdicts"\n'
        f'classes = {{ {classes} }}\nonly_part = "{part}"\n\n'
        for part in parts
    )


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
