"""Real photographs of staff gauges: our own reading beside the machine's."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from siaga_edge.camera.offline.staff_gauge_replay import LevelResult, levels_in
from siaga_edge.settings.gauges import SiteGaugeSettings
from siaga_edge.vision.ports import WaterSegmenter

MARKED = Path(__file__).with_name("photos.toml")
_BEYOND = 0.35  # of the marked part, that the line goes on downward: the water lies under the last readable mark
_MOST_UNCERTAINTY_CM = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoReading:
    """One photograph: what we read, and what was told of it."""

    look: LevelResult
    read_cm: float

    @property
    def error_cm(self) -> float | None:
        level = self.look.level_cm
        return None if level is None else level - self.read_cm


def readings(folder: Path, water: WaterSegmenter) -> Iterator[PhotoReading]:
    """One for each marked photograph that lies in the folder."""
    for row in tomllib.loads(MARKED.read_text(encoding="utf-8"))["photo"]:
        path = folder / row["file"]
        if path.is_file():
            for look in levels_in([path], [gauge_of(row, path)], water):
                yield PhotoReading(look=look, read_cm=row["read_cm"])


def gauge_of(row: dict[str, Any], path: Path) -> SiteGaugeSettings:
    """The settings that a calibration by hand comes to; the line goes from the picture's rim past the lowest mark."""
    photo = cv2.imread(str(path))
    if photo is None:
        raise ValueError(f"{path}: not a photo")
    height, width = photo.shape[:2]
    marks = np.array(row["marks"], np.float64)
    first, last = marks[0, :2], marks[-1, :2]
    method = last - first
    top = first - method * min(0.15, first[1] / method[1])
    lowest = _lowest(path, height)
    foot = last + method * min(max(_BEYOND, 90 / method[1]), (lowest - last[1]) / method[1])
    size = np.array([width, height])
    end_level = marks[-1, 2] + (marks[-1, 2] - marks[-2, 2]) * (foot[1] - last[1]) / (last[1] - marks[-2, 1])
    points = [*marks.tolist(), [*foot.tolist(), round(float(end_level), 2)]]
    staff = {
        "line": [np.clip(end / size, 0, 1).tolist() for end in (top, foot)],
        "width": row["width"] / width,
        "points": [{"at": [x / width, y / height], "level_cm": level} for x, y, level in points],
    }
    source = {"kind": "camera", "camera": "photo", "staff": staff, "max_uncertainty_cm": _MOST_UNCERTAINTY_CM}
    return SiteGaugeSettings.model_validate({"id": "photo", "source": source})


def _lowest(path: Path, height: int) -> float:
    """Some of the photographs are two, one over the other; only the upper one shows the staff near."""
    return height / 2 - 2.0 if path.name.startswith("talha") else height - 1.0
