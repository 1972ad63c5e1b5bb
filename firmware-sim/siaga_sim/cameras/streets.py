"""The scene's streets as camera views: painted late, altered on command, their zones known without painting."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import cv2
import numpy as np

from siaga_sim.cameras.encoder import ImageArray
from siaga_sim.faults import Fault
from siaga_sim.scene.lens import DisplacedCamera
from siaga_sim.scene.presets import LAYOUTS, Rect
from siaga_sim.scene.script import Cover, Knock, StreetScript
from siaga_sim.scene.sprite_store import SpriteStore
from siaga_sim.scene.street import Street

# A camera that somebody knocked: clearly another view, but still of the street.
KNOCK = Knock(at=0, yaw_deg=18.0, pitch_deg=4.0)
# The view as the story tells it and one altered; each painted street holds tens of megabytes.
MOST_PAINTED = 2


class DeferredStreet:
    """A street that is painted when first looked at: that takes seconds, and a server has to answer at once."""

    def __init__(
        self, script: StreetScript, level_cm: Callable[[float], float], *, store: SpriteStore | None = None
    ) -> None:
        self._script = script
        self._level_cm = level_cm
        self._store = SpriteStore() if store is None else store
        self._painted: OrderedDict[Fault, DisplacedCamera] = OrderedDict()

    def frame(self, at_seconds: float, /) -> ImageArray:
        """The BGR image at a moment of the story."""
        return self.altered(at_seconds, Fault.NONE)

    def altered(self, at_seconds: float, fault: Fault, /) -> ImageArray:
        """The image at a moment with a covered or moved lens, by night or in the rain."""
        return self._street(fault).frame(at_seconds)

    def _street(self, fault: Fault) -> DisplacedCamera:
        if fault not in self._painted:
            script = altered_script(self._script, fault)
            self._painted[fault] = DisplacedCamera(
                script, lambda turn: Street(script, level_cm=self._level_cm, turned_deg=turn, store=self._store)
            )
        self._painted.move_to_end(fault)
        while len(self._painted) > MOST_PAINTED:
            self._painted.popitem(last=False)
        return self._painted[fault]


def altered_script(script: StreetScript, fault: Fault) -> StreetScript:
    """The script with what is wrong with the view from its first moment on."""
    match fault:
        case Fault.COVERED:
            return script.model_copy(update={"covers": (*script.covers, Cover(at=0))})
        case Fault.MOVED:
            return script.model_copy(update={"knocks": (KNOCK,)})
        case Fault.NIGHT:
            return script.model_copy(update={"light": "night"})
        case Fault.RAIN:
            return script.model_copy(update={"rain": max(script.rain, 0.6), "wet_road": True})
        case _:
            return script


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
