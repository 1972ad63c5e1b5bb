"""The one form in which images go about: 8-bit BGR, height x width x 3."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[np.uint8]


def size_of(image: Image) -> tuple[int, int]:
    """Return the width and height in pixels."""
    height, width = image.shape[:2]
    return width, height
