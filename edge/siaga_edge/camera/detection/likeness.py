"""What a thing looked like when nothing stood before it, and whether what shows of it beside others still looks so.

A detector that knows piles well loses one as soon as somebody stands at its edge; what is left of it in the image has
not changed meanwhile, which a comparison of grey levels tells, and pavement without the pile fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_core.rules.geometry import Box
from siaga_core.vision.detections import in_pixels, sides
from siaga_core.vision.image import Image, size_of

_CELLS: Final = 24
_LEAST_PIXELS: Final = 6.0  # a side; less of a thing has no looks to remember
# Half of the grid: of fewer pixels the cells show light and dark, which another one of its kind has as well.
_DISTINCT_PIXELS: Final = _CELLS / 2
MOST_COVERED: Final = 0.03  # when it is remembered
_LEAST_SHOWING: Final = 0.3  # of a thing, to be known by
# Of grey levels: without any pattern, empty pavement would be as good.
_LEAST_CONTRAST: Final = 5.0
# A pile beside people: 0.89 and more. The same pavement without it: 0.38 and less.
_ALIKE: Final = 0.75

Cells = NDArray[np.float32]
Comparison: TypeAlias = Literal["changed", "recognised"]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Grey levels of a box (in shares) on a coarse grid; `shown`: the cells that nothing else touched."""

    box: Box
    cells: Cells
    shown: NDArray[np.bool_]


def likeness_of(
    image: Image, box: Box, others: Iterable[Box], *, most_covered: float = MOST_COVERED
) -> Likeness | None:
    """None while something covers it, or where it is too small or too plain to be known again; boxes in shares."""
    shown = _visible_cells(box, others)
    if shown.mean() < 1 - most_covered:
        return None
    cells = _cells(image, box)
    is_known = cells is not None and float(cells[shown].std()) >= _LEAST_CONTRAST
    return Likeness(box, cells, shown) if cells is not None and is_known else None


def remains_visible(known: Likeness, image: Image, others: Sequence[Box]) -> bool:
    """Whether something (of `others`, in shares) covers a part of it, and the rest looks as it did.

    Brighter and darker makes no difference, as when a cloud passes.
    """
    if _visible_cells(known.box, others).all():
        return False
    agreement = _agreement(known, image, others)
    return agreement is not None and agreement >= _ALIKE


def compared(known: Likeness, image: Image, others: Sequence[Box]) -> Comparison | None:
    """How what can be seen of the place, beside `others`, looks now; None where that is too little to tell."""
    agreement = _agreement(known, image, others)
    if agreement is None:
        return None
    if agreement < _ALIKE:
        return "changed"
    width, height = size_of(image)
    inside = in_pixels(known.box, width=width, height=height)
    is_distinct = min(inside.x2 - inside.x1, inside.y2 - inside.y1) >= _DISTINCT_PIXELS
    return "recognised" if is_distinct else None


def _agreement(known: Likeness, image: Image, others: Sequence[Box]) -> float | None:
    visible = _visible_cells(known.box, others) & known.shown
    now = _cells(image, known.box) if visible.mean() >= _LEAST_SHOWING else None
    return None if now is None else _correlation(known.cells[visible], now[visible])


def _cells(image: Image, box: Box) -> Cells | None:
    width, height = size_of(image)
    inside = in_pixels(box, width=width, height=height)
    if min(inside.x2 - inside.x1, inside.y2 - inside.y1) < _LEAST_PIXELS:
        return None
    left, top, right, bottom = (round(side) for side in sides(inside))
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    return cv2.resize(grey, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA).astype(np.float32)


def _visible_cells(box: Box, others: Iterable[Box]) -> NDArray[np.bool_]:
    """Cells of a box that no other box touches."""
    visible = np.ones((_CELLS, _CELLS), np.bool_)
    across, down = max(1e-6, box.x2 - box.x1) / _CELLS, max(1e-6, box.y2 - box.y1) / _CELLS
    for other in others:
        columns = _touched((other.x1 - box.x1) / across, (other.x2 - box.x1) / across)
        rows = _touched((other.y1 - box.y1) / down, (other.y2 - box.y1) / down)
        visible[rows, columns] = False
    return visible


def _touched(begin: float, end: float) -> slice:
    return slice(int(np.clip(np.floor(begin), 0, _CELLS)), int(np.clip(np.ceil(end), 0, _CELLS)))


def _correlation(before: Cells, now: Cells) -> float:
    before, now = before - before.mean(), now - now.mean()
    spread = float(np.linalg.norm(before) * np.linalg.norm(now))
    plain = spread < before.size * _LEAST_CONTRAST  # what shows has no pattern, or has none any more
    return 0.0 if plain else float((before * now).sum()) / spread
