"""The still part of a view: sky, ground, houses, trees, walls; painted once per camera with its heights."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from siaga_sim.scene.camera import Camera
from siaga_sim.scene.canvas import FAR_M, NOWHERE_M, Canvas, tone
from siaga_sim.scene.ground import lay_ground
from siaga_sim.scene.houses import Quad, fronts
from siaga_sim.scene.meshes.mesh import FloatArray, Mesh
from siaga_sim.scene.meshes.props import prop_meshes
from siaga_sim.scene.presets import Layout, Row
from siaga_sim.scene.raster import Z_BELOW_CM, Image, Light, cast_shadow, draw, lay
from siaga_sim.scene.texture import cloud


@dataclass(frozen=True)
class Backdrop:
    """The painted still view.

    `heights` is one byte a pixel (see Z_BELOW_CM); `standing_m` is the distance of upright things, infinity on
    the open ground and sky; `ground_y` is how far along the street the ground lies that a pixel shows; `river` is
    255 where standing water belongs to the place.
    """

    image: Image
    heights: Image
    standing_m: FloatArray
    ground_y: FloatArray
    river: Image


# More of either and the water model takes a wet street for a flooded one.
WET_SHEEN = 0.3
WET_DARKER = 0.12


def paint(layout: Layout, camera: Camera, light: Light, seed: int, *, wet: float = 0.0) -> Backdrop:
    """The view without traffic; `wet` 0..1 darkens the ground and lets it mirror."""
    double = replace(camera, width=camera.width * 2, height=camera.height * 2)
    canvas = Canvas(double)
    _sky(canvas, light, seed)
    lay_ground(canvas, layout, light, seed)
    _uprights(canvas, layout, light, seed, shadows=True)
    if wet > 0:
        _wetten(canvas, mirrored(layout, double, light, seed, z_m=0.0), wet, seed)
    return _halved(canvas, camera, seed)


def mirrored(layout: Layout, camera: Camera, light: Light, seed: int, *, z_m: float) -> Image:
    """What a still water surface at this height would mirror into the lens, as a whole image."""
    below = replace(camera, z_m=2 * z_m - camera.z_m, pitch_deg=-camera.pitch_deg)
    canvas = Canvas(below)
    _sky(canvas, light, seed)
    _uprights(canvas, layout, light, seed, shadows=False)
    return np.ascontiguousarray(canvas.image[::-1])


def _halved(canvas: Canvas, camera: Camera, seed: int) -> Backdrop:
    size = (camera.width, camera.height)
    small = cv2.resize(canvas.image, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.55)
    return Backdrop(
        image=np.asarray(small, np.uint8),
        heights=np.ascontiguousarray(canvas.heights[::2, ::2]),
        standing_m=np.ascontiguousarray(canvas.standing[::2, ::2]),
        ground_y=np.ascontiguousarray(canvas.ground_y[::2, ::2]),
        river=np.ascontiguousarray(canvas.river[::2, ::2]),
    )


def _sky(canvas: Canvas, light: Light, seed: int) -> None:
    camera = canvas.camera
    coarse = replace(camera, width=camera.width // 4, height=camera.height // 4)
    up = np.clip(np.abs(coarse.rays[..., 2]) * 2.2, 0, 1)[..., None]
    low, high = np.array([222.0, 218, 212]), np.array([214.0, 190, 160])
    clouds = cloud(np.random.default_rng(seed), up.shape[:2], coarse.width / 3, 5)[..., None]
    colour = low * (1 - up) + high * up + np.clip(clouds, -1.5, 2) * 9 * np.sqrt(up)
    shown = np.clip(tone(colour.astype(np.float32), light, 0.95), 0, 255).astype(np.uint8)
    canvas.image[:] = cv2.resize(shown, (camera.width, camera.height), interpolation=cv2.INTER_CUBIC)
    _skyline(canvas, light, seed)


def _skyline(canvas: Canvas, light: Light, seed: int) -> None:
    camera = canvas.camera
    dice = np.random.default_rng(seed + 5)
    for layer, (shade, tall) in enumerate(((190.0, 60.0), (168.0, 42.0), (140.0, 22.0))):
        far = FAR_M - layer * 60
        for _ in range(26):
            x = float(dice.uniform(-far, far)) + math.tan(math.radians(camera.yaw_deg)) * far
            wide, high = float(dice.uniform(10, 45)), float(dice.uniform(0.3, 1.0)) * tall
            corners = np.array([[x, far, -1], [x + wide, far, -1], [x + wide, far, high], [x, far, high]], np.float32)
            colour = tone(np.array([shade * 1.03, shade, shade * 0.95], np.float32), light)
            cv2.fillConvexPoly(canvas.image, np.round(camera.project(corners)).astype(np.int32), colour.tolist())


def _uprights(canvas: Canvas, layout: Layout, light: Light, seed: int, *, shadows: bool) -> None:
    pieces: list[tuple[float, Quad | Mesh]] = []
    for number, row in enumerate(layout.rows):
        if row.kind in ("shops", "houses", "offices", "wall"):
            pieces += [(far, quad) for far, quad in fronts(row, seed * 31 + number, layout.hue)]
        else:
            pieces += [(far, mesh) for far, mesh in prop_meshes(row, seed * 31 + number)]
    if layout.bridge_m is not None:
        pieces += [
            (far, mesh)
            for far, mesh in prop_meshes(
                Row("bridge", layout.road[1] + 1.6, layout.bridge_m, layout.bridge_m + 12), seed
            )
        ]
    for _, piece in sorted(pieces, key=lambda p: -p[0]):
        if isinstance(piece, Quad):
            _hang(canvas, piece, light)
        else:
            _stand(canvas, piece, light, shadows=shadows)


def _stand(canvas: Canvas, mesh: Mesh, light: Light, *, shadows: bool) -> None:
    if shadows and float(np.ptp(mesh.points[:, 0])) < 12:
        shade = cast_shadow(mesh, canvas.camera, light, ground_m=0.15)
        if shade:
            lay(canvas.image, shade)
    sprite = draw(mesh, canvas.camera, light)
    if sprite is None:
        return
    lay(canvas.image, sprite, canvas.heights)
    h, w = sprite.alpha.shape
    window = canvas.standing[sprite.top : sprite.top + h, sprite.left : sprite.left + w]
    canvas.river[sprite.top : sprite.top + h, sprite.left : sprite.left + w][sprite.alpha > 90] = 0
    canvas.ground_y[sprite.top : sprite.top + h, sprite.left : sprite.left + w][sprite.alpha > 90] = NOWHERE_M
    window[sprite.alpha > 127] = float(np.median(canvas.camera.depth(mesh.points)))


def _hang(canvas: Canvas, quad: Quad, light: Light) -> None:
    """Warps a face into the image; what lies behind the lens is cut off along the street."""
    camera = canvas.camera
    corners, texture = quad.corners.copy(), quad.texture
    depths = camera.depth(corners)
    if depths.max() < 2.0:
        return
    if depths.min() < 1.0:
        return
    h, w = texture.shape[:2]
    source = np.array([[0, h], [w, h], [w, 0], [0, 0]], np.float32)
    target = camera.project(corners)
    left, top = np.floor(np.maximum(target.min(0), 0)).astype(int)
    right, bottom = np.ceil(np.minimum(target.max(0), (camera.width, camera.height))).astype(int)
    if right - left < 2 or bottom - top < 2:
        return
    matrix = cv2.getPerspectiveTransform(source, (target - (left, top)).astype(np.float32))
    size = (int(right - left), int(bottom - top))
    shrink = float(np.ptp(target[:, 0])) / w
    soft = cv2.GaussianBlur(texture, (0, 0), min(max(0.35 / max(shrink, 1e-3), 0.3), 12.0)) if shrink < 1 else texture
    warped = np.asarray(
        cv2.warpPerspective(soft, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
    ramp = np.linspace(float(corners[:, 2].max()), float(corners[:, 2].min()), h, dtype=np.float32)
    ramps = cv2.warpPerspective(np.repeat(ramp[:, None], w, 1), matrix, size, borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillConvexPoly(mask, np.round((target - (left, top)) * 16).astype(np.int32), 255, cv2.LINE_8, 4)
    inside = mask > 0
    far = float(depths.mean())
    haze = min(max((far - 40) / 350, 0.0), 0.6)
    colour = tone(warped, light, 0.92) * (1 - haze) + tone(np.full_like(warped, 205), light) * haze
    rows, columns = slice(int(top), int(bottom)), slice(int(left), int(right))
    canvas.river[rows, columns][inside] = 0
    canvas.ground_y[rows, columns][inside] = NOWHERE_M
    canvas.image[rows, columns][inside] = np.clip(colour, 0, 255)[inside]
    canvas.heights[rows, columns][inside] = np.clip(ramps * 100 + Z_BELOW_CM, 0, 255)[inside]
    canvas.standing[rows, columns][inside] = far


def _wetten(canvas: Canvas, mirror: Image, wet: float, seed: int) -> None:
    """A thin film on the ground: darker, with dull upright streaks of what stands behind."""
    ground = canvas.ground_y < NOWHERE_M
    rays = canvas.camera.rays
    sheen = np.clip(1 + rays[..., 2], 0, 1) ** 5
    blurred = cv2.GaussianBlur(cv2.blur(mirror, (3, 61)), (0, 0), 6).astype(np.float32)
    film = 0.55 + 0.25 * cloud(np.random.default_rng(seed + 9), ground.shape, ground.shape[1] / 12)
    amount = (wet * np.clip(film, 0.1, 1) * (0.02 + WET_SHEEN * sheen))[..., None]
    dark = canvas.image.astype(np.float32) * (1 - WET_DARKER * wet)
    canvas.image[ground] = np.clip(dark * (1 - amount) + blurred * amount, 0, 255)[ground]
