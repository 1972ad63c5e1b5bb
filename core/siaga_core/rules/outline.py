"""What is wrong with the outline of a zone or a mask, in shares of an image's width and height."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TypeAlias

Spot: TypeAlias = tuple[float, float]

MIN_POINTS = 3
MAX_POINTS = 64


def problem_with(polygon: Sequence[Spot]) -> str | None:
    """`got ..., expected ...` for an outline that cannot be a zone; None when it can."""
    if not MIN_POINTS <= len(polygon) <= MAX_POINTS:
        return f"got {len(polygon)} points, expected {MIN_POINTS} to {MAX_POINTS}"
    for index, (x, y) in enumerate(polygon):
        if not (0 <= x <= 1 and 0 <= y <= 1):
            return f"got point {index + 1} at [{x:g}, {y:g}], expected shares of width and height from 0 to 1"
    crossing = _first_crossing(polygon)
    if crossing is not None:
        first, second = crossing
        return f"got sides {first + 1} and {second + 1} crossing, expected an outline that does not cross itself"
    if _area(polygon) <= 0:
        return "got an area of 0, expected points that are not all on one line"
    return None


def _first_crossing(polygon: Sequence[Spot]) -> tuple[int, int] | None:
    sides = [(polygon[index], polygon[(index + 1) % len(polygon)]) for index in range(len(polygon))]
    for first, second in combinations(range(len(sides)), 2):
        if _cross(*sides[first], *sides[second]):
            return first, second
    return None


def _cross(a: Spot, b: Spot, c: Spot, d: Spot) -> bool:
    """True where two sides pass through each other; sides that only touch do not count."""
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def _turn(a: Spot, b: Spot, c: Spot) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _area(polygon: Sequence[Spot]) -> float:
    following = [*polygon[1:], polygon[0]]
    doubled = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(polygon, following, strict=True))
    return abs(doubled) / 2
