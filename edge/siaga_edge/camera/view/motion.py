"""Whether anything moves: the share of a small grey image that differs from its running average."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from siaga_core.vision.image import Image

SMALL_WIDTH, SMALL_HEIGHT = 320, 180
_FOLLOW = 0.2
_DIFFERENCE = 18.0
_MOVING_SHARE = 0.0008  # about 46 of 57,600 pixels: a motorcycle at the far end of a street

Grey = NDArray[np.uint8]


def small_grey(image: Image) -> Grey:
    """The image as the motion gate and the view check look at it."""
    # Grey first: the same to one level of 255, in half the time.
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, (SMALL_WIDTH, SMALL_HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


class MotionGate:
    """Detects motion against a running average of the frames."""

    def __init__(self) -> None:
        self._average: NDArray[np.float32] | None = None

    def moves(self, grey: Grey) -> bool:
        """Whether this frame differs from the average; the first frame always counts as moving."""
        now = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32)
        if self._average is None:
            self._average = now
            return True
        differing = np.count_nonzero(cv2.absdiff(now, self._average) > _DIFFERENCE) / now.size
        cv2.accumulateWeighted(now, self._average, _FOLLOW)
        return bool(differing > _MOVING_SHARE)
