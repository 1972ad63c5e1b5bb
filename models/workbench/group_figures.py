"""What an operator sees: precision and recall of groups of classes, at the thresholds in use, as a node would tell.

A node follows a car, a bus, a truck and a three-wheeler as one vehicle and drops doubles within a group; so a truck
that is called a bus is right here. A picture counts for a group where its labels cover one of the group's classes; a
box that is no covered thing is false only if its own class is covered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from siaga_core.rules.geometry import Box
from siaga_core.vision.detections import Detection
from siaga_edge.camera.detection.tracker import without_doubles

from .bounding_boxes import Floats
from .detection_figures import JudgedImage, match
from .resampling import Weights, interval

GROUPS: dict[str, tuple[str, ...]] = {
    "vehicles": ("car", "bus", "truck", "three_wheeler"),
    "two-wheelers": ("motorcycle", "bicycle"),
    "people": ("person",),
    "trash": ("trash",),
    "bins": ("bin", "overfull_bin"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCount:
    """Of one group on one picture: boxes that are right, boxes that are false, things that were missed."""

    right: int = 0
    false: int = 0
    missed: int = 0


def acted_on(found: Floats, names: Sequence[str], thresholds: dict[str, float]) -> Floats:
    """The boxes (x1, y1, x2, y2, score, class) that a node acts on: over their threshold, one in each place."""
    sure = found[[row[4] >= thresholds.get(names[int(row[5])], 0.25) for row in found]] if len(found) else found
    seen = [Detection(label=names[int(row[5])], score=float(row[4]), box=Box(*map(float, row[:4]))) for row in sure]
    rows = [(b.box.x1, b.box.y1, b.box.x2, b.box.y2, b.score, names.index(b.label)) for b in without_doubles(seen)]
    return np.array(rows, float).reshape(-1, 6)


def counted(one: JudgedImage, sure: Floats, members: frozenset[int]) -> GroupCount:
    """Right, false and missed of one group on one picture, at IoU 0.5."""
    covered = members & one.covered
    if not covered:
        return GroupCount()
    found = sure[np.isin(sure[:, 5], list(members))]
    truth = one.truth[np.isin(one.truth[:, 4], list(covered))]
    right = match(found, truth)[:, 0]
    false = ~right & np.isin(found[:, 5], list(covered))
    return GroupCount(right=int(right.sum()), false=int(false.sum()), missed=len(truth) - int(right.sum()))


def group_figures(
    judged: Sequence[JudgedImage],
    parts: Sequence[frozenset[str]],
    names: Sequence[str],
    thresholds: dict[str, float],
    *,
    rounds: int,
) -> dict[str, dict[str, Any]]:
    """{group: {part: figures}}: `all` and every part that a picture belongs to, where the group has boxes."""
    seen = [acted_on(one.found, names, thresholds) for one in judged]
    out: dict[str, dict[str, Any]] = {}
    for group, members in GROUPS.items():
        numbers = frozenset(names.index(name) for name in members if name in names)
        counts = [counted(one, sure, numbers) for one, sure in zip(judged, seen, strict=True)]
        wanted = {"all": counts}
        for key in sorted(frozenset().union(*parts)):
            wanted[key] = [count for count, part in zip(counts, parts, strict=True) if key in part]
        out[group] = {key: rates(some, rounds=rounds) for key, some in wanted.items() if _any(some)}
    return {group: rows for group, rows in out.items() if rows}


def _any(counts: Sequence[GroupCount]) -> bool:
    return any(one.right or one.false or one.missed for one in counts)


def rates(counts: Sequence[GroupCount], *, rounds: int) -> dict[str, Any]:
    """Precision and recall of the counts, each [value, low, high] by bootstrap over pictures."""
    right, false, missed = (np.array([getattr(one, key) for one in counts], float) for key in GroupCount.__slots__)

    def spread(figure: Callable[[Weights], float]) -> list[float | None]:
        return interval(figure, images=len(counts), rounds=rounds).as_json()

    return {
        "boxes": int((right + missed).sum()),
        "right": int(right.sum()),
        "false": int(false.sum()),
        "precision": spread(lambda c: _share(c @ right, c @ (right + false))),
        "recall": spread(lambda c: _share(c @ right, c @ (right + missed))),
    }


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
