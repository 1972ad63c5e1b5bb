"""What a still view is painted on: colours, heights and distances of one image."""

import numpy as np

from siaga_sim.scene.camera import Camera
from siaga_sim.scene.meshes.mesh import FloatArray
from siaga_sim.scene.raster import Light

FAR_M = 400.0
NOWHERE_M = 1e6


class Canvas:
    """Colour, heights above the road and distances, all of one size; see Backdrop for their meaning."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        shape = (camera.height, camera.width)
        self.image = np.zeros((*shape, 3), np.uint8)
        self.heights = np.full(shape, 255, np.uint8)
        self.standing = np.full(shape, np.inf, np.float32)
        self.ground_y = np.full(shape, NOWHERE_M, np.float32)
        self.river = np.zeros(shape, np.uint8)


def tone(colour: FloatArray, light: Light, strength: float = 1.0) -> FloatArray:
    """Screen colours under the scene's light: full day keeps them."""
    amount = (light.sun * 0.75 + light.sky) * strength
    gain = np.asarray(light.tint[::-1], np.float32) * amount
    return np.asarray(colour * np.power(gain, 1 / 2.2), np.float32)
