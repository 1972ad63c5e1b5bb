"""What a thing looked like when nothing stood before it, and whether what shows of it beside others still looks so.

A detector that knows piles well loses one as soon as somebody stands at its edge; what is left of it in the image has
not changed meanwhile, which a comparison of grey levels tells, and pavement without the pile fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_core.rules.geometry import Box
from siaga_core.vision.detections import in_pixels, sides
from siaga_core.vision.image import Image, size_of

_CELLS: Final = 24
_LEAST_PIXELS: Final = 6.0  # a side; less of a thing has no looks to remember
_MOST_COVERED: Final = 0.03  # when it is remembered
_LEAST_SHOWING: Final = 0.3  # of a thing, to be known by
# Of grey levels: without any pattern, empty pavement would be as good.
_LEAST_CONTRAST: Final = 5.0
# A pile beside people: 0.89 and more. The same pavement without it: 0.38 and less.
_ALIKE: Final = 0.75

Cells = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Grey levels of a box (in shares) on a coarse grid."""

    box: Box
    cells: Cells


def likeness_of(image: Image, box: Box, others: Iterable[Box]) -> Likeness | None:
    """None while something covers it, or where it is too small or too plain to be known again; boxes in shares."""
    if _visible_cells(box, others).mean() < 1 - _MOST_COVERED:
        return None
    cells = _cells(image, box)
    return Likeness(box, cells) if cells is not None and float(cells.std()) >= _LEAST_CONTRAST else None


def remains_visible(known: Likeness, image: Image, others: Sequence[Box]) -> bool:
    """Whether something (of `others`, in shares) covers a part of it, and the rest looks as it did.

    Brighter and darker makes no difference, as when a cloud passes.
    """
    visible = _visible_cells(known.box, others)
    if visible.all() or visible.mean() < _LEAST_SHOWING:
        return False
    before, now = known.cells[visible], _cells(image, known.box)
    return now is not None and _correlation(before, now[visible]) >= _ALIKE


def looks_changed(known: Likeness, image: Image, others: Sequence[Box]) -> bool:
    """Whether what can be seen of the place, beside `others`, looks otherwise than it did."""
    visible = _visible_cells(known.box, others)
    if visible.mean() < _LEAST_SHOWING:
        return False
    now = _cells(image, known.box)
    return now is not None and _correlation(known.cells[visible], now[visible]) < _ALIKE


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
