"""Finds the pattern of a screen in a photo: the pixels of the screen and those of the camera beat against each other.

The beat is a fine regular grating, which scenes do not have: single sharp peaks in the spectrum, off the axes and off
the grid of JPEG. How far the sixth highest rises above its surroundings, in standard deviations, is the measure.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_cloud.platform.media.photo_hash import NotAnImageError

_TILE: Final = 512
_RING: Final = (0.10, 0.48)  # of the tile; what is coarser is the scene, what is finer is noise
_PEAKS: Final = 6
_SURROUNDINGS: Final = 31


def screen_peaks(jpeg: bytes) -> float | None:
    """Return how much a photo looks as if it was taken from a screen; None where it is too small to say.

    Raises `NotAnImageError`.
    """
    grey = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise NotAnImageError("not a picture")
    height, width = grey.shape
    if min(height, width) < _TILE:
        return None
    down, right = height - _TILE, width - _TILE
    corners = ((0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2))
    found = [_peaks(np.asarray(grey[y : y + _TILE, x : x + _TILE], np.float32)) for y, x in corners]
    return round(float(np.median(found)), 2)


def _peaks(tile: NDArray[np.float32]) -> float:
    fine = tile - cv2.GaussianBlur(tile, (0, 0), 3)
    window = np.hanning(_TILE)
    spectrum = np.fft.fftshift(np.fft.fft2(fine * np.outer(window, window)))
    strength = np.log(np.abs(spectrum) + 1e-3).astype(np.float32)
    above = (strength - cv2.blur(strength, (_SURROUNDINGS, _SURROUNDINGS)))[_usable()]
    spread = float(above.std())
    return float(np.sort(above)[-_PEAKS]) / spread if spread > 0 else 0.0


@lru_cache(maxsize=1)
def _usable() -> NDArray[np.bool_]:
    """Frequencies in the ring, without the axes (edges of buildings) and the harmonics of JPEG's blocks of 8."""
    y, x = np.mgrid[:_TILE, :_TILE] - _TILE // 2
    radius = np.hypot(y, x)
    usable = (radius > _TILE * _RING[0]) & (radius < _TILE * _RING[1]) & (np.abs(x) > 3) & (np.abs(y) > 3)
    for harmonic in range(1, 5):
        step = harmonic * _TILE // 8
        usable &= (np.abs(np.abs(x) - step) >= 2) & (np.abs(np.abs(y) - step) >= 2)
    return np.asarray(usable, np.bool_)
