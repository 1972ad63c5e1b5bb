"""From a place along a staff's line to a level: the 1-D projective map through its calibration points.

Pure. A camera that looks along a staff sees its far marks closer together; on a line, perspective is
`level = (a + b t) / (1 + c t)`, which three points fix and two do not (c is then 0).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, isfinite, sqrt
from typing import TypeAlias

Spot: TypeAlias = tuple[float, float]

_ENOUGH_FOR_PERSPECTIVE = 3
_LEAST_DENOMINATOR = 0.05  # nearer to the vanishing point a pixel is metres
_CHECKS = 64


class StaffScaleError(ValueError):
    """Points through which no staff can pass; the text says what was got and expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A known level at `along`, a share of the line from its first end (0) to its second (1)."""

    along: float
    level_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffScale:
    """The map; `residual_cm` is how far (root mean square) the marks lie off it, and `first`/`last` the marks' span."""

    a: float
    b: float
    c: float
    residual_cm: float
    first: float
    last: float

    def level_cm(self, along: float) -> float:
        """The level at a place of the line."""
        return (self.a + self.b * along) / (1 + self.c * along)

    def cm_per_along(self, along: float) -> float:
        """How many cm one whole line would be at the scale of this place; negative where levels fall along it."""
        below = 1 + self.c * along
        return (self.b - self.a * self.c) / (below * below)

    def along(self, level_cm: float) -> float:
        """Return the place of a level along the line."""
        return (level_cm - self.a) / (self.b - self.c * level_cm)

    @property
    def falls(self) -> bool:
        """Whether levels fall from the line's first end to its second."""
        return self.cm_per_along((self.first + self.last) / 2) < 0

    @property
    def span_cm(self) -> tuple[float, float]:
        """The lowest and the highest calibrated level."""
        one, other = self.level_cm(self.first), self.level_cm(self.last)
        return min(one, other), max(one, other)


def along_line(line: tuple[Spot, Spot], at: Spot) -> tuple[float, float]:
    """Where a point falls on a line, as a share of it, and how far beside it lies (both in the unit of the points)."""
    (x1, y1), (x2, y2) = line
    length = hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length, (y2 - y1) / length
    return ((at[0] - x1) * dx + (at[1] - y1) * dy) / length, (at[0] - x1) * dy - (at[1] - y1) * dx


def fit(marks: Sequence[Mark]) -> StaffScale:
    """The map through two marks, or the best through more; raises `StaffScaleError`."""
    ordered = sorted(marks, key=lambda mark: mark.along)
    problem = _problem_with(ordered)
    if problem:
        raise StaffScaleError(problem)
    straight = _fitted(ordered, _straight(ordered))
    if len(ordered) < _ENOUGH_FOR_PERSPECTIVE:
        return straight
    bent = _perspective(ordered)
    if bent is None or not _rises_steadily(_fitted(ordered, bent)):
        raise StaffScaleError("got levels that no camera can see on one straight staff, expected points read again")
    return _fitted(ordered, bent)


def _problem_with(ordered: Sequence[Mark]) -> str:
    if len(ordered) < 2:
        return f"got {len(ordered)} points, expected 2 or more"
    for before, after in pairwise(ordered):
        if after.along - before.along < 1e-4:
            return f"got {before.level_cm:g} cm and {after.level_cm:g} cm at one place, expected places of their own"
    steps = [after.level_cm - before.level_cm for before, after in pairwise(ordered)]
    if all(step > 0 for step in steps) or all(step < 0 for step in steps):
        return ""
    shown = ", ".join(f"{mark.level_cm:g}" for mark in ordered)
    return f"got levels {shown} along the line, expected levels that only rise or only fall along it"


def _straight(marks: Sequence[Mark]) -> tuple[float, float, float]:
    count = len(marks)
    middle = sum(mark.along for mark in marks) / count
    mean = sum(mark.level_cm for mark in marks) / count
    spread = sum((mark.along - middle) ** 2 for mark in marks)
    slope = sum((mark.along - middle) * (mark.level_cm - mean) for mark in marks) / spread
    return mean - slope * middle, slope, 0.0


def _perspective(marks: Sequence[Mark]) -> tuple[float, float, float] | None:
    """Least squares of a + b t - c t L = L, levels centred so that the sums stay well conditioned."""
    centre = sum(mark.level_cm for mark in marks) / len(marks)
    rows = [(1.0, mark.along, -mark.along * (mark.level_cm - centre)) for mark in marks]
    wanted = [mark.level_cm - centre for mark in marks]
    matrix = [[sum(row[i] * row[j] for row in rows) for j in range(3)] for i in range(3)]
    right = [sum(row[i] * want for row, want in zip(rows, wanted, strict=True)) for i in range(3)]
    whole = _determinant(matrix)
    if abs(whole) < 1e-12:
        return None
    a, b, c = (_determinant(_replaced(matrix, column, right)) / whole for column in range(3))
    return (a + centre, b + c * centre, c) if all(map(isfinite, (a, b, c))) else None


def _replaced(matrix: list[list[float]], column: int, by: list[float]) -> list[list[float]]:
    return [[by[i] if j == column else matrix[i][j] for j in range(3)] for i in range(3)]


def _determinant(m: list[list[float]]) -> float:
    return (
        m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
    )


def _fitted(ordered: Sequence[Mark], parameters: tuple[float, float, float]) -> StaffScale:
    a, b, c = parameters
    off = [(a + b * mark.along) / (1 + c * mark.along) - mark.level_cm for mark in ordered]
    # What the fit itself used up is given back, so that three marks through three unknowns do not look perfect.
    free = max(1, len(ordered) - (3 if c else 2))
    residual = sqrt(sum(each * each for each in off) / free)
    return StaffScale(a=a, b=b, c=c, residual_cm=residual, first=ordered[0].along, last=ordered[-1].along)


def _rises_steadily(scale: StaffScale) -> bool:
    """Whether no vanishing point lies on the line."""
    return all(1 + scale.c * place / _CHECKS > _LEAST_DENOMINATOR for place in range(_CHECKS + 1))
