"""Whether an image can be trusted at all: not black, overexposed, covered, frozen, blurred or of another scene."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import cv2
import numpy as np

from siaga_core.vision.image import Image
from siaga_edge.camera.view.motion import Grey
from siaga_edge.camera.view.scene_check import SceneCheck

LostReason: TypeAlias = Literal[
    "no_frames",
    "no_readings",
    "frozen",
    "black",
    "overexposed",
    "blurred",
    "covered",
    "moved",
    "infrared",
    "too_slow",
]

_BRIGHTEST_FROM = 0.99
_BLACK_BRIGHTEST, _WHITE, _WHITE_SHARE, _COVERED_SPREAD = 30.0, 248.0, 0.5, 4.0
# Water that fills the image at dusk is as flat as a covered lens, but its waves are larger than a sensor's noise:
# 0.8 grey levels against 0.2 of a drawn cover and 0.4 of coarse noise.
_COVERED_WAVES = 0.6
# A live sensor always flickers a little and daylight drifts; a repeated image differs by what re-encoding it does.
_FROZEN_MEAN, _FROZEN_MAX = 0.06, 4
# Infrared images have no colour at all but what coding adds, 0.1 grey levels; asphalt on a grey day has 2 and more.
_GREY_SPREAD = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewPolicy:
    """How long a fault must last before it is reported."""

    bad_seconds: float = 5.0
    frozen_seconds: float = 30.0


class ViewCheck:
    """Remembers since when the image has been bad or has stood still; without a `scene` it knows no past."""

    def __init__(self, policy: ViewPolicy, scene: SceneCheck | None = None) -> None:
        self._policy, self._scene = policy, scene
        self._bad_since: datetime | None = None
        self._unchanged: Grey | None = None
        self._frozen_since: datetime | None = None

    def fault(self, grey: Grey, at: datetime) -> tuple[LostReason | None, bool]:
        """What is wrong with this frame, and whether that has lasted long enough to be reported."""
        frozen_for = self._frozen_for(grey, at)
        spoilt = spoilt_by(grey) or (self._scene.fault(grey, at) if self._scene else None)
        if spoilt is None:
            self._bad_since = None
            frozen = frozen_for >= timedelta(seconds=self._policy.frozen_seconds)
            return ("frozen" if frozen else None), frozen
        self._bad_since = self._bad_since or at
        return spoilt, at - self._bad_since >= timedelta(seconds=self._policy.bad_seconds)

    def _frozen_for(self, grey: Grey, at: datetime) -> timedelta:
        if self._unchanged is None or self._frozen_since is None or _differs(self._unchanged, grey):
            self._unchanged, self._frozen_since = grey, at
        return at - self._frozen_since


def spoilt_by(grey: Grey) -> LostReason | None:
    """What makes a single frame useless."""
    sampled = grey[::3, ::3]
    up_to = np.cumsum(np.bincount(sampled.ravel(), minlength=256))  # how many are no brighter than each level
    if np.searchsorted(up_to, sampled.size * _BRIGHTEST_FROM, side="right") < _BLACK_BRIGHTEST:
        return "black"
    if np.searchsorted(up_to, sampled.size * (1 - _WHITE_SHARE), side="right") > _WHITE:
        return "overexposed"
    is_flat = float(cv2.meanStdDev(sampled)[1][0, 0]) < _COVERED_SPREAD
    return "covered" if is_flat and _waves(grey) < _COVERED_WAVES else None


def _waves(grey: Grey) -> float:
    """The strength, in grey levels, of what is wider than 5 and narrower than 21 pixels."""
    levels = grey.astype(np.float32)
    return float((cv2.blur(levels, (5, 5)) - cv2.blur(levels, (21, 21))).std())


def is_infrared(image: Image) -> bool:
    """Whether a frame has no colour, as night cameras give; the water model is blind on those."""
    sampled = image[::8, ::8].astype(np.int16)
    return float((sampled.max(axis=2) - sampled.min(axis=2)).mean()) < _GREY_SPREAD


def _differs(before: Grey, now: Grey) -> bool:
    difference = cv2.absdiff(before, now)
    return bool(difference.max() > _FROZEN_MAX or cv2.mean(difference)[0] > _FROZEN_MEAN)
