"""How good boxes are: average precision, precision and recall at the thresholds used, confusion.

Only the classes that a picture's labels cover count on it (federated evaluation): a person on a picture
whose labels know only trash is neither right nor wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bounding_boxes import Floats, area, overlap
from .resampling import Weights, interval

IOUS = np.arange(0.5, 1.0, 0.05)
RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedImage:
    """One picture: what is there (x1, y1, x2, y2, class), what was found (..., score, class), what counts.

    Boxes are in units of the picture's longer side, so that sizes compare between pictures.
    """

    name: str
    truth: Floats
    found: Floats
    covered: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """All boxes found of one class, best score first, and which are right at each IoU."""

    image: NDArray[np.int64]
    score: Floats
    right: NDArray[np.bool_]
    truths: NDArray[np.int64]

    def average_precision(self, counts: Weights) -> Floats:
        """AP at each of the ten IoUs when picture i counts `counts[i]` times; NaN without truth."""
        there = float(counts @ self.truths)
        if there == 0:
            return np.full(len(IOUS), np.nan)
        weight = counts[self.image][:, None]
        hits, misses = np.cumsum(weight * self.right, 0), np.cumsum(weight * ~self.right, 0)
        recall, precision = hits / there, hits / np.maximum(hits + misses, 1e-9)
        envelope = np.maximum.accumulate(precision[::-1], 0)[::-1]
        return np.array([_area_under(recall[:, i], envelope[:, i]) for i in range(len(IOUS))])

    def at_score(self, threshold: float, counts: Weights) -> tuple[float, float]:
        """(precision, recall) at IoU 0.5 of the boxes that reach the threshold."""
        used = self.score >= threshold
        weight = counts[self.image[used]]
        hits, there = float(weight @ self.right[used, 0]), float(counts @ self.truths)
        given = float(weight.sum())
        return hits / given if given else float("nan"), hits / there if there else float("nan")


def _area_under(recall: Floats, envelope: Floats) -> float:
    where = np.searchsorted(recall, RECALLS - 1e-12, side="left")
    return float(np.where(where < len(envelope), np.append(envelope, 0.0)[where], 0.0).mean())


def match(found: Floats, truth: Floats) -> NDArray[np.bool_]:
    """For each found box (best score first), whether it is right at each IoU; a truth is used once."""
    right = np.zeros((len(found), len(IOUS)), bool)
    if not len(found) or not len(truth):
        return right
    shared = overlap(found[:, :4], truth[:, :4])
    for column, needed in enumerate(IOUS):
        free = np.ones(len(truth), bool)
        for row in range(len(found)):
            best = int(np.argmax(np.where(free, shared[row], -1.0)))
            if free[best] and shared[row, best] >= needed - 1e-9:
                right[row, column], free[best] = True, False
    return right


def matches_of(judged: Sequence[JudgedImage], label: int, *, smaller_than: float | None = None) -> Matches:
    """The matches of one class; with `smaller_than`, only truth below that share of the longer side counts."""
    rows: list[tuple[int, float, NDArray[np.bool_]]] = []
    truths = np.zeros(len(judged), np.int64)
    for index, one in enumerate(judged):
        if label not in one.covered:
            continue
        found = one.found[one.found[:, 5] == label]
        found = found[np.argsort(-found[:, 4], kind="stable")]
        truth = one.truth[one.truth[:, 4] == label]
        right = match(found, truth)
        truths[index] = len(truth)
        if smaller_than is not None:
            small = np.sqrt(area(truth)) < smaller_than
            right, truths[index] = match(found, truth[small]), int(small.sum())
            other = match(found, truth[~small])[:, 0]
            found, right = found[~other], right[~other]
        rows += [(index, float(score), hit) for score, hit in zip(found[:, 4], right, strict=True)]
    rows.sort(key=lambda row: -row[1])
    return Matches(
        image=np.array([row[0] for row in rows], np.int64),
        score=np.array([row[1] for row in rows], float),
        right=np.array([row[2] for row in rows], bool).reshape(len(rows), len(IOUS)),
        truths=truths,
    )


def mean_precision(classes: Sequence[Matches], counts: Weights, *, at50: bool) -> float:
    """mAP over the classes that have truth: at IoU 0.5, or the mean over 0.5 to 0.95."""
    per_class = np.array([one.average_precision(counts) for one in classes])
    per_class = per_class[~np.isnan(per_class[:, 0])] if len(per_class) else per_class
    if not len(per_class):
        return float("nan")
    return float(per_class[:, 0].mean() if at50 else per_class.mean())


def figures(
    judged: Sequence[JudgedImage],
    names: Sequence[str],
    thresholds: dict[str, float],
    *,
    rounds: int,
) -> dict[str, Any]:
    """Everything about one detector on one folder, ready for JSON; intervals are [value, low, high]."""
    found = {name: matches_of(judged, i) for i, name in enumerate(names)}
    count = len(judged)

    def spread(figure: Callable[[Weights], float]) -> list[float | None]:
        return interval(figure, images=count, rounds=rounds).as_json()

    everything = list(found.values())
    return {
        "images": count,
        "map50": spread(lambda c: mean_precision(everything, c, at50=True)),
        "map50_95": spread(lambda c: mean_precision(everything, c, at50=False)),
        "classes": {
            name: _of_class(one, thresholds.get(name, 0.25), spread) for name, one in found.items() if one.truths.sum()
        },
    }


def brief_figures(
    judged: Sequence[JudgedImage], names: Sequence[str], *, rounds: int, smaller_than: float | None = None
) -> dict[str, Any]:
    """Pictures, boxes and mAP50 of a part; with `smaller_than` (share of the longer side) of small boxes alone."""
    found = [matches_of(judged, i, smaller_than=smaller_than) for i in range(len(names))]
    spread = interval(lambda c: mean_precision(found, c, at50=True), images=len(judged), rounds=rounds)
    return {"images": len(judged), "boxes": sum(int(one.truths.sum()) for one in found), "map50": spread.as_json()}


def _of_class(
    one: Matches, threshold: float, spread: Callable[[Callable[[Weights], float]], list[float | None]]
) -> dict[str, Any]:
    return {
        "boxes": int(one.truths.sum()),
        "threshold": threshold,
        "precision": spread(lambda c: one.at_score(threshold, c)[0]),
        "recall": spread(lambda c: one.at_score(threshold, c)[1]),
        "map50": spread(lambda c: float(one.average_precision(c)[0])),
        "map50_95": spread(lambda c: float(np.mean(one.average_precision(c)))),
    }


def confusion(judged: Sequence[JudgedImage], names: Sequence[str], thresholds: dict[str, float]) -> list[list[int]]:
    """[found class or nothing][true class or nothing] counts at IoU 0.5; the last row and column are nothing."""
    none = len(names)
    table = np.zeros((none + 1, none + 1), np.int64)
    for one in judged:
        floor = np.array([thresholds.get(names[int(c)], 0.25) for c in one.found[:, 5]])
        found = one.found[one.found[:, 4] >= floor] if len(one.found) else one.found
        found = found[np.argsort(-found[:, 4], kind="stable")]
        free = np.ones(len(one.truth), bool)
        shared = overlap(found[:, :4], one.truth[:, :4])
        for row, box in enumerate(found):
            best = int(np.argmax(np.where(free, shared[row], -1.0))) if len(free) else -1
            if best >= 0 and free[best] and shared[row, best] >= 0.5:
                table[int(box[5]), int(one.truth[best, 4])] += 1
                free[best] = False
            elif int(box[5]) in one.covered:
                table[int(box[5]), none] += 1
        for index in np.flatnonzero(free):
            table[none, int(one.truth[index, 4])] += 1
    return [[int(cell) for cell in row] for row in table]


def best_thresholds(
    judged: Sequence[JudgedImage], names: Sequence[str], *, fallback: dict[str, float], least_boxes: int = 30
) -> dict[str, float]:
    """The score per class, on a 0.025 grid, with the best F1 at IoU 0.5.

    A class with fewer than `least_boxes` true boxes keeps its fallback (0.25 without one): a best score chosen on a
    handful of boxes is chance.
    """
    grid = np.round(np.arange(0.15, 0.76, 0.025), 3)
    ones = np.ones(len(judged))
    chosen: dict[str, float] = {}
    for label, name in enumerate(names):
        matches = matches_of(judged, label)
        if matches.truths.sum() < least_boxes:
            chosen[name] = fallback.get(name, 0.25)
            continue
        curve = [_f1(*matches.at_score(float(score), ones)) for score in grid]
        # The middle of all that are nearly the best, so that one box more or less does not move it far.
        good = grid[np.array(curve) >= max(curve) - 0.005]
        chosen[name] = float(good[len(good) // 2])
    return chosen


def _f1(precision: float, recall: float) -> float:
    return 0.0 if np.isnan(precision) else 2 * precision * recall / max(precision + recall, 1e-9)
