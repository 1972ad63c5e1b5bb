"""A pinhole camera over a street: metres in the world to pixels in the image, and back to the ground."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """Where the lens is and how it looks.

    World axes: x to the right of the road, y along the road away from the camera, z up; metres.
    Yaw turns right, pitch looks down; degrees. `fov_deg` is horizontal.
    """

    width: int
    height: int
    x_m: float
    z_m: float
    yaw_deg: float
    pitch_deg: float
    fov_deg: float

    @cached_property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.width / 2 / math.tan(math.radians(self.fov_deg) / 2)

    @cached_property
    def position(self) -> FloatArray:
        """The lens in world metres."""
        return np.array([self.x_m, 0.0, self.z_m], np.float32)

    @cached_property
    def rotation(self) -> FloatArray:
        """Rows are the image's right, down and forward axes in the world."""
        yaw, pitch = math.radians(self.yaw_deg), math.radians(self.pitch_deg)
        forward = np.array([math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), -math.sin(pitch)])
        right = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
        return np.stack([right, np.cross(forward, right), forward]).astype(np.float32)

    def depth(self, points: FloatArray) -> FloatArray:
        """Distance along the optical axis, metres; negative is behind the lens."""
        return np.asarray((points - self.position) @ self.rotation[2], np.float32)

    def project(self, points: FloatArray) -> FloatArray:
        """World points (n, 3) to pixels (n, 2); points behind the lens are pushed just in front of it."""
        seen = (np.asarray(points, np.float32) - self.position) @ self.rotation.T
        depth = np.maximum(seen[:, 2:3], 0.05)
        centre = np.array([self.width / 2, self.height / 2], np.float32)
        return np.asarray(seen[:, :2] / depth * self.focal_px + centre, np.float32)

    @cached_property
    def rays(self) -> FloatArray:
        """Unit directions (height, width, 3) through the pixel centres."""
        us = np.arange(self.width, dtype=np.float32) + np.float32(0.5 - self.width / 2)
        vs = np.arange(self.height, dtype=np.float32) + np.float32(0.5 - self.height / 2)
        length = np.sqrt(us[None, :] ** 2 + vs[:, None] ** 2 + np.float32(self.focal_px**2))
        grid = np.stack([us[None, :] / length, vs[:, None] / length, np.float32(self.focal_px) / length], axis=-1)
        return np.asarray(grid @ self.rotation, np.float32)
