"""Whether a retrained detector may take the place of the running one: both on the same images, group by group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .bounding_boxes import Floats
from .detection_figures import JudgedImage
from .group_figures import GROUPS, GroupCount, acted_on, counted
from .resampling import Weights, interval
from .tables import shown, table

ALLOWED_LOSS = 0.01  # of a precision or a recall, before an interval is asked
DECIDING = tuple(group for group in GROUPS if group != "bins")  # no node acts on bins
Effect = Literal["better", "worse", "no difference shown", "not measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedFigure:
    """One figure of one group: [value] of both, and [difference, low, high] by bootstrap over images."""

    group: str
    figure: Literal["precision", "recall"]
    objects: int
    running: float | None
    candidate: float | None
    difference: list[float | None]
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All figures. `is_better`: at least one is better, and none worse."""

    rows: tuple[ComparedFigure, ...]

    @property
    def is_better(self) -> bool:
        """Whether the candidate may take over; where nothing was measured it may not."""
        effects = {row.effect for row in self.rows if row.group in DECIDING}
        return "better" in effects and "worse" not in effects

    def markdown(self) -> str:
        """One line a figure."""
        head = ["group", "figure", "objects", "running", "candidate", "difference", "effect"]
        rows = [[r.group, r.figure, str(r.objects), *_both(r), shown(r.difference), r.effect] for r in self.rows]
        return table(head, rows)


def compared(
    running: Sequence[JudgedImage],
    candidate: Sequence[JudgedImage],
    names: Sequence[str],
    thresholds: dict[str, float],
    *,
    rounds: int = 2000,
) -> Comparison:
    """Both detectors' boxes on the same images in the same order, at the thresholds in use."""
    before, after = ([acted_on(one.found, names, thresholds) for one in judged] for judged in (running, candidate))
    rows: list[ComparedFigure] = []
    for group, members in GROUPS.items():
        numbers = frozenset(names.index(name) for name in members)
        pair = [_counts(running, before, numbers), _counts(candidate, after, numbers)]
        rows += _figures(group, pair, rounds)
    return Comparison(rows=tuple(rows))


def _counts(judged: Sequence[JudgedImage], sure: Sequence[Floats], members: frozenset[int]) -> Any:
    """One row per image: right, false, missed."""
    counts = [counted(one, boxes, members) for one, boxes in zip(judged, sure, strict=True)]
    return np.array([[getattr(one, key) for key in GroupCount.__slots__] for one in counts], float).reshape(-1, 3)


def _figures(group: str, pair: Sequence[Any], rounds: int) -> list[ComparedFigure]:
    rates: dict[Literal["precision", "recall"], tuple[int, int]] = {"precision": (0, 1), "recall": (0, 2)}
    objects = int(pair[0][:, 0].sum() + pair[0][:, 2].sum())
    return [_figure(group, name, objects, [one[:, columns] for one in pair], rounds) for name, columns in rates.items()]


def _figure(
    group: str, figure: Literal["precision", "recall"], objects: int, pair: Sequence[Any], rounds: int
) -> ComparedFigure:
    """The same images are drawn for both, so that only what the two do differently moves the difference."""

    def rate(counts: Any) -> Callable[[Weights], float]:
        return lambda weights: _share(*(weights @ counts))

    before, after = (rate(counts) for counts in pair)
    spread = interval(lambda w: after(w) - before(w), images=len(pair[0]), rounds=rounds)
    every = np.ones(len(pair[0]))
    return ComparedFigure(
        group=group,
        figure=figure,
        objects=objects,
        running=_known(before(every)),
        candidate=_known(after(every)),
        difference=spread.as_json(),
        effect=effect_of(spread.value, spread.low, spread.high),
    )


def effect_of(difference: float, low: float, high: float) -> Effect:
    """Better or worse only where the whole interval is; a loss within ALLOWED_LOSS is none."""
    if any(np.isnan(x) for x in (difference, low, high)):
        return "not measured"
    if high < 0 and difference < -ALLOWED_LOSS:
        return "worse"
    return "better" if low > 0 else "no difference shown"


def _both(row: ComparedFigure) -> list[str]:
    return [shown([value, None, None]) for value in (row.running, row.candidate)]


def _share(right: float, other: float) -> float:
    return float(right / (right + other)) if right + other else float("nan")


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
