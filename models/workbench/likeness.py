"""Which pictures show the same: two perceptual hashes, also against the mirrored picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .bounding_boxes import ImageArray

PLANES_APART, STEPS_APART = 8, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """64 bits of the coarse frequencies and 64 of the coarse steps of brightness."""

    planes: NDArray[np.bool_]
    steps: NDArray[np.bool_]


def print_of(image: ImageArray) -> Print:
    """The picture's print; sizes, packing and small changes of colour hardly move it."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = np.asarray(cv2.dct(small))[:8, :8].ravel()
    grid = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA)
    return Print(planes=low > np.median(low[1:]), steps=(grid[:, 1:] > grid[:, :-1]).ravel())


def groups(images: Sequence[tuple[Print, Print]]) -> list[int]:
    """A group number per picture (print, print of the mirrored one); likeness is passed on."""
    count = len(images)
    group = list(range(count))

    def root(index: int) -> int:
        while group[index] != index:
            group[index] = group[group[index]]
            index = group[index]
        return index

    planes = np.array([p.planes for p, _ in images]).reshape(count, -1)
    steps = np.array([p.steps for p, _ in images]).reshape(count, -1)
    for index, pair in enumerate(images):
        for one in pair:
            near = (planes[:index] ^ one.planes).sum(1) <= PLANES_APART
            near &= (steps[:index] ^ one.steps).sum(1) <= STEPS_APART
            for other in np.flatnonzero(near):
                group[root(index)] = root(int(other))
    return [root(index) for index in range(count)]
