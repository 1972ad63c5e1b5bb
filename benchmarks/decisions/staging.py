"""Draws a story's clip once and keeps it, and writes the SITE.toml that the replay reads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from benchmarks.decisions.story import Story, Zone

import siaga_sim.scene
from siaga_sim.scene.camera import Camera
from siaga_sim.scene.clip import record
from siaga_sim.scene.presets import LAYOUTS, Rect
from siaga_sim.scene.street import filmed

_PLACE = "{ lat = -6.2, lon = 106.8 }"
_FOLDER = Path(siaga_sim.scene.__file__).resolve().parent


def clip_of(story: Story, cache: Path, *, stale_is_fine: bool = False) -> Path:
    """The story's clip, drawn unless it lies in the cache under the hash of its script and of the drawing code."""
    cache.mkdir(parents=True, exist_ok=True)
    clip = cache / f"{story.name}-{_key(story)}.mp4"
    if clip.is_file():
        return clip
    older = sorted(cache.glob(f"{story.name}-{_script_key(story)}-??????????.mp4"))
    if older and stale_is_fine:
        return older[0]
    for file in cache.glob(f"{story.name}-*.mp4"):
        file.unlink()
    unfinished = clip.with_suffix(".part.mp4")
    record(filmed(story.street), unfinished, story.street.seconds)
    return unfinished.rename(clip)


def write_site(story: Story, path: Path) -> Path:
    """SITE.toml of the story's camera and zones."""
    lines = [f"start_at = {story.start_at}"] if story.start_at else []
    lines += ["[camera]", f'id = "{story.name.replace("_", "-")}"', f"place = {_PLACE}"]
    lines += [f"{key} = {_toml(value)}" for key, value in {"fps": story.street.fps, **story.camera}.items()]
    for zone in story.zone:
        lines += ["[[camera.zone]]", f'id = "{zone.id}"', f'kind = "{zone.kind}"']
        lines += [f"polygon = {json.dumps(polygon_of(story, zone))}"]
        lines += [f"{key} = {_toml(value)}" for key, value in zone.settings.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def polygon_of(story: Story, zone: Zone) -> list[list[float]]:
    """The zone's ground as the unmoved camera sees it, in shares of the picture."""
    layout = LAYOUTS[story.street.layout]
    areas: dict[str, Rect] = {"no_stopping": layout.no_stopping, "watch": layout.watch, "road": layout.road_area}
    return _projected(zone.ground or areas[zone.kind], layout.camera(story.street.width, story.street.height))


def _projected(ground: Rect, camera: Camera) -> list[list[float]]:
    x0, x1, y0, y1 = ground
    corners = camera.project(np.array([[x0, y0, 0], [x1, y0, 0], [x1, y1, 0], [x0, y1, 0]], np.float32))
    width, height = camera.width, camera.height
    _, cut = cv2.intersectConvexConvex(
        corners, np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    )
    share = cut.reshape(-1, 2) / (width, height)
    return [[round(float(np.clip(value, 0, 1)), 4) for value in point] for point in share]


def _key(story: Story) -> str:
    code = hashlib.sha256()
    for file in sorted(_FOLDER.rglob("*.py")):
        code.update(file.read_bytes())
    return f"{_script_key(story)}-{code.hexdigest()[:10]}"


def _script_key(story: Story) -> str:
    return hashlib.sha256(story.street.model_dump_json().encode()).hexdigest()[:10]


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return json.dumps(value)
