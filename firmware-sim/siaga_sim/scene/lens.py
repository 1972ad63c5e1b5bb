"""What happens to the camera itself, and shadows that fall into its view: knocked askew, covered, shaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from siaga_sim.scene.camera import Camera
from siaga_sim.scene.raster import Image
from siaga_sim.scene.script import Cover, Shade, StreetScript

if TYPE_CHECKING:
    from siaga_sim.scene.street import Street

_COVER_BGR = (38, 44, 52)


class DisplacedCamera:
    """A street through a lens that is turned and covered as its script says; the same promise as a street's."""

    def __init__(self, script: StreetScript, street_of: Callable[[tuple[float, float]], Street]) -> None:
        self.script = script
        self._street_of = street_of
        self._turn: tuple[float, float] | None = None
        self._street: Street | None = None

    def frame(self, at_seconds: float) -> Image:
        """The image at a time, BGR."""
        image = self._street_at(at_seconds).frame(at_seconds)
        for cover in self.script.covers:
            if cover.at <= at_seconds and (cover.until is None or at_seconds < cover.until):
                _cover(image, cover)
        return image

    def _street_at(self, at_seconds: float) -> Street:
        past = [knock for knock in self.script.knocks if knock.at <= at_seconds]
        turn = (past[-1].yaw_deg, past[-1].pitch_deg) if past else (0.0, 0.0)
        if self._street is None or turn != self._turn:
            self._turn, self._street = turn, self._street_of(turn)
        return self._street


def turned(camera: Camera, yaw_deg: float, pitch_deg: float) -> Camera:
    """The camera after a knock: further to the right by `yaw_deg`, further down by `pitch_deg`."""
    return replace(camera, yaw_deg=camera.yaw_deg + yaw_deg, pitch_deg=camera.pitch_deg + pitch_deg)


def shaded(image: Image, camera: Camera, shade: Shade, at_seconds: float) -> None:
    """Darkens in place the ground under a shadow, soft at its rim."""
    if at_seconds < shade.appears_at or (shade.goes_at is not None and at_seconds >= shade.goes_at):
        return
    x0, x1, y0, y1 = shade.ground
    gone = shade.along_mps * (at_seconds - shade.appears_at)
    near, far = max(2.0, y0 + gone), y1 + gone
    if far <= near:
        return
    ground = np.array([[x0, near, 0], [x1, near, 0], [x1, far, 0], [x0, far, 0]], np.float32)
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(camera.project(ground)).astype(np.int32)], round(255 * shade.darkness))
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), camera.height / 150), np.uint8)
    image[:] = cv2.multiply(image, cv2.merge([cv2.bitwise_not(mask)] * 3), scale=1 / 255)


def _cover(image: Image, cover: Cover) -> None:
    width = round(image.shape[1] * cover.share)
    # Folds of a plastic bag: dark, soft, hardly any detail.
    folds = np.linspace(0.9, 1.1, max(width, 1), dtype=np.float32)[None, :, None]
    image[:, :width] = np.clip(np.asarray(_COVER_BGR, np.float32) * folds, 0, 255).astype(np.uint8)
