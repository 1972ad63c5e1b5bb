"""Passing traffic as nodes see it that get a frame each 0.5 to 5 s: parked vehicles that they must not invent."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.decisions.real import shipped_models
from benchmarks.decisions.remembered import RememberedModels
from benchmarks.decisions.stored import StoredResults

from siaga_core.vision.image import Image
from siaga_edge.camera.capture.clip import clip_frames
from siaga_edge.camera.offline.labelled_clip import LabelledClip, read_labels, site_of
from siaga_edge.camera.pipeline import CameraPipeline
from siaga_edge.vision.models import VisionModels

PACES = (0.5, 1.0, 2.0, 3.0, 5.0)
_STEP = 0.5  # every pace is a multiple of it
_LOOPED_SECONDS = 120.0
_METHODS = ("once", "looped")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceFigures:
    """What was reported of traffic that passes, with a frame each `every_seconds`."""

    every_seconds: float
    hours: float
    false_parking: int
    too_slow: int


def quiet_clips(folder: Path) -> list[LabelledClip]:
    """Clips of a fixed camera with a no-stopping zone in which nobody parks."""
    return [
        clip
        for clip in read_labels(folder)
        if clip.fixed
        and any(zone.kind == "no_stopping" for zone in clip.zones)
        and not any(event.hazard == "illegal_parking" for event in clip.expected)
    ]


def figures_of(folder: Path, stored: StoredResults, *, jobs: int) -> dict[str, list[PaceFigures]]:
    """Figures of each pace, `once` and `looped`, with the models that nodes run by default."""
    rows: dict[tuple[str, float], list[tuple[float, int, int]]] = {}
    clips = quiet_clips(folder)
    with ProcessPoolExecutor(jobs) as pool:
        for clip, found in zip(clips, pool.map(partial(clip_figures, folder, stored), clips), strict=True):
            for name, every, hours, parked, slow in found:
                rows.setdefault((name, every), []).append((hours, parked, slow))
            sys.stderr.write(f"{clip.name}: {sum(parked for _, _, _, parked, _ in found)} false\n")
    return {name: [_total(every, rows.get((name, every), [])) for every in PACES] for name in _METHODS}


def clip_figures(folder: Path, stored: StoredResults, clip: LabelledClip) -> list[tuple[str, float, float, int, int]]:
    """How, the pace, hours, false parking and zones that were too slow, for each pace of one clip."""
    made_from = (clip.model_dump_json().encode(), (folder / clip.file).read_bytes(), Path(__file__).read_bytes())
    found = stored.result(clip.name, made_from, lambda: _at_all_paces(folder, clip))
    return [(name, every, hours, parked, slow) for name, every, hours, parked, slow in found]


def missed_targets(figures: dict[str, list[PaceFigures]]) -> list[str]:
    """Paces at which a vehicle was parked that was not; empty when there are none."""
    return [
        f"illegal_parking: {one.false_parking} of passing traffic, a frame each {one.every_seconds:g} s, {name}"
        for name, rows in figures.items()
        for one in rows
        if one.false_parking
    ]


def as_json(figures: dict[str, list[PaceFigures]]) -> dict[str, Any]:
    """The value of `starved` in .run/decisions.json."""
    return {
        name: {
            f"{one.every_seconds:g}": {
                "hours": round(one.hours, 4),
                "false_parking": one.false_parking,
                "too_slow": one.too_slow,
            }
            for one in rows
        }
        for name, rows in figures.items()
    }


def as_table(figures: dict[str, list[PaceFigures]]) -> str:
    """A Markdown table of the paces."""
    lines = [
        "| a frame each | minutes, once | false parking | too slow | minutes, looped | false parking | too slow |",
        "|---|---|---|---|---|---|---|",
    ]
    for once, looped in zip(figures["once"], figures["looped"], strict=True):
        cells = [f"{once.every_seconds:g} s"]
        for one in (once, looped):
            cells += [f"{one.hours * 60:.1f}", str(one.false_parking), str(one.too_slow)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _at_all_paces(folder: Path, clip: LabelledClip) -> list[tuple[str, float, float, int, int]]:
    images = [frame.image for frame in clip_frames(folder / clip.file, every_seconds=_STEP)]
    remembered = RememberedModels(shipped_models())
    looks = VisionModels(detector=remembered, water=remembered)
    loops = max(2, round(_LOOPED_SECONDS / max(_STEP, len(images) * _STEP)))
    return [
        (name, every, *_played(clip, images, looks, every=every, times=times))
        for every in PACES
        for name, times in zip(_METHODS, (1, loops), strict=True)
    ]


def _played(
    clip: LabelledClip, images: Sequence[Image], models: VisionModels, *, every: float, times: int
) -> tuple[float, int, int]:
    """Hours, false parking and zones that were too slow."""
    site = site_of(clip)
    pipeline, at = CameraPipeline(site.camera, models), site.start_at
    parked = slow = number = 0
    while number < len(images) * times:
        at = site.start_at + timedelta(seconds=number * _STEP)
        for draft in pipeline.step(images[number % len(images)], at):
            parked += draft.hazard.value == "illegal_parking" and draft.state.value == "began"
            slow += getattr(draft.details, "reason", None) == "too_slow" and draft.state.value == "began"
        number += round(every / _STEP)
    return (at - site.start_at).total_seconds() / 3600, parked, slow


def _total(every: float, rows: Sequence[tuple[float, int, int]]) -> PaceFigures:
    hours, parked, slow = (sum(column) for column in zip(*rows, strict=True)) if rows else (0.0, 0, 0)
    return PaceFigures(every_seconds=every, hours=float(hours), false_parking=int(parked), too_slow=int(slow))
