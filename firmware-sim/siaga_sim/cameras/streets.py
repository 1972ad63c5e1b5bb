"""The scene's streets as camera views: painted late, and their zones known without painting."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from siaga_sim.cameras.encoder import Picture
from siaga_sim.scene.presets import LAYOUTS, Rect
from siaga_sim.scene.script import StreetScript
from siaga_sim.scene.street import Street


class LateStreet:
    """A street that is painted when first looked at: that takes seconds, and a server has to answer at once."""

    def __init__(self, script: StreetScript, level_cm: Callable[[float], float]) -> None:
        self._script = script
        self._level_cm = level_cm
        self._street: Street | None = None

    def frame(self, at_seconds: float, /) -> Picture:
        """The BGR picture at a moment of the story."""
        if self._street is None:
            self._street = Street(self._script, level_cm=self._level_cm)
        return self._street.frame(at_seconds)


def zone_outlines(script: StreetScript) -> dict[str, list[list[float]]]:
    """For each kind of zone its outline in shares of width and height, the same as `Street.zones()`."""
    layout = LAYOUTS[script.layout]
    areas = {"no_stopping": layout.no_stopping, "watch": layout.watch, "road": layout.road_area}
    return {kind: _outline(script, area) for kind, area in areas.items()}


def _outline(script: StreetScript, area: Rect) -> list[list[float]]:
    left, right, near, far = area
    camera = LAYOUTS[script.layout].camera(script.width, script.height)
    corners = [[left, near, 0], [right, near, 0], [right, far, 0], [left, far, 0]]
    frame = np.array([[0, 0], [script.width, 0], [script.width, script.height], [0, script.height]], np.float32)
    _, inside = cv2.intersectConvexConvex(camera.project(np.array(corners, np.float32)), frame)
    shares = inside.reshape(-1, 2) / (script.width, script.height)
    return [[round(float(np.clip(share, 0, 1)), 4) for share in point] for point in shares]
