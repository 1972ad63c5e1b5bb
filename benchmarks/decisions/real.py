"""Real clips next to the drawn stories: what `siaga-edge judge` counts on a folder of labelled clips."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.decisions.stored import StoredResults

from siaga_edge.camera.offline import judgement
from siaga_edge.camera.offline.judge_command import clip_verdicts
from siaga_edge.camera.offline.labelled_clip import LabelledClip, read_labels
from siaga_edge.settings.node import ModelsSettings
from siaga_edge.vision.models import VisionModels, open_vision_models

_COUNTS = ("hours", "events", "right", "missed", "late", "false", "unknown")


@cache
def shipped_models() -> VisionModels:
    """The models that nodes run by default, opened once in each process."""
    shipped = ModelsSettings()
    return open_vision_models(detector=shipped.detector, water=shipped.water, threads=1)


def judged_clips(folder: Path, stored: StoredResults, *, jobs: int) -> dict[str, Any]:
    """The object that `siaga-edge judge FOLDER --json` prints."""
    parts = []
    with ProcessPoolExecutor(jobs) as pool:
        for part in pool.map(partial(judged_clip, folder, stored), read_labels(folder)):
            parts.append(part)
            sys.stderr.write(f"judged {len(parts)}: {', '.join(_words_of(part)) or 'nothing reported'}\n")
    return merged(parts)


def judged_clip(folder: Path, stored: StoredResults, clip: LabelledClip) -> dict[str, Any]:
    """What `judge --json` prints of one clip."""
    made_from = (clip.model_dump_json().encode(), (folder / clip.file).read_bytes())

    def judge() -> dict[str, Any]:
        return judgement.as_json(list(clip_verdicts(folder, [clip], shipped_models())))

    found: dict[str, Any] = stored.result(clip.name, made_from, judge)
    return found


def merged(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """One object of those of single clips."""
    parts = list(parts)
    return {
        "clips": sum(part["clips"] for part in parts),
        "hours": round(sum(part["hours"] for part in parts), 6),
        "hazards": {name: _sum([part["hazards"][name] for part in parts]) for name in judgement.HAZARDS},
        "details": [one for part in parts for one in part["details"]],
    }


def real_figures(judged: dict[str, Any]) -> dict[str, Any]:
    """The value of `real` in .run/decisions.json: the figures of each hazard."""
    keys = (*_COUNTS, "false_per_hour_upper95")
    return {hazard: {key: row[key] for key in keys} for hazard, row in judged["hazards"].items()}


def real_table(judged: dict[str, Any]) -> str:
    """A Markdown table; counts and bounds only, because a folder may not be named or shown."""
    lines = [
        f"{judged['clips']} clips, {judged['hours'] * 60:.1f} minutes.",
        "",
        "| hazard | minutes watched | events | right | missed | (late) | false | false an hour, 95 % upper bound |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for hazard, row in real_figures(judged).items():
        bound = "" if row["false_per_hour_upper95"] is None else f"{row['false_per_hour_upper95']:.1f}"
        counts = (row["events"], row["right"], row["missed"], row["late"], row["false"], bound)
        lines.append("| " + " | ".join(map(str, (hazard, f"{row['hours'] * 60:.1f}", *counts))) + " |")
    return "\n".join(lines)


def _sum(rows: list[dict[str, Any]]) -> dict[str, Any]:
    total = {key: sum(row[key] for row in rows) for key in _COUNTS}
    upper = judgement.upper_rate(total["false"], total["hours"])
    bound = None if upper is None else round(upper, 2)
    return {**total, "hours": round(total["hours"], 6), "false_per_hour_upper95": bound}


def _words_of(part: dict[str, Any]) -> list[str]:
    return [f"{one['clip']} {one['outcome']} {one['hazard']}" for one in part["details"]]
