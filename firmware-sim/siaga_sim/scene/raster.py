"""Draws a mesh as the camera sees it: a sprite with soft edges, heights above the road and a shadow."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from siaga_sim.scene.camera import Camera
from siaga_sim.scene.meshes.mesh import FloatArray, Mesh

Image = npt.NDArray[np.uint8]

Z_BELOW_CM = 60  # heights are stored in one byte: value = cm above the road + 60


@dataclass(frozen=True)
class Light:
    """The light of a scene, linear strengths; `to_sun` points at the sun."""

    to_sun: tuple[float, float, float]
    sun: float
    sky: float
    ground: float
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    shadow: float = 0.5  # 0..1, how dark a cast shadow is
    lamps: float = 0.0  # 0..1, how bright vehicle lamps shine


@dataclass(frozen=True)
class Sprite:
    """A drawn thing: premultiplied BGR, alpha, height byte (see Z_BELOW_CM), and where its corner lies."""

    left: int
    top: int
    colour: Image
    alpha: Image
    height: Image

    @property
    def nbytes(self) -> int:
        """Return the memory that the sprite uses."""
        return self.colour.nbytes + self.alpha.nbytes + self.height.nbytes


def linear(colour: npt.ArrayLike) -> FloatArray:
    """Screen colour 0..1 to linear light."""
    return np.power(np.asarray(colour, np.float32), np.float32(2.2))


def _surroundings(upness: FloatArray, light: Light) -> FloatArray:
    # Sky above, a dark band of houses around the horizon, the street below: what paint and glass mirror.
    heights = [-1.0, -0.25, -0.02, 0.06, 0.25, 0.45, 1.0]
    values = [0.10, 0.20, 0.30, 0.10, 0.16, 0.75, 0.95]
    return np.asarray(np.interp(upness, heights, values), np.float32) * np.float32(light.sky)


def shade(mesh: Mesh, normals: FloatArray, views: FloatArray, light: Light) -> FloatArray:
    """Colour (faces, 3) as BGR 0..255 for unit normals and unit directions to the lens."""
    to_sun = np.asarray(light.to_sun, np.float32)
    direct = np.maximum(normals @ to_sun, 0) * light.sun
    up = normals[:, 2] * 0.5 + 0.5
    ambient = light.sky * (0.25 + 0.75 * up) + light.ground * (1 - up)
    facing = np.clip(np.einsum("ij,ij->i", normals, views), 0, 1)
    mirrored = 2 * facing[:, None] * normals - views
    fresnel = mesh.gloss * (0.06 + 0.94 * (1 - facing) ** 4)
    glint = mesh.gloss * light.sun * 2.5 * np.maximum(mirrored @ to_sun, 0) ** 60
    lit = linear(mesh.colours) * (direct + ambient)[:, None] * (1 - 0.6 * fresnel)[:, None]
    lit = lit + (fresnel * _surroundings(mirrored[:, 2], light) + glint)[:, None]
    lit = lit * np.asarray(light.tint, np.float32)
    lit = lit + linear(mesh.colours) * (mesh.glow * light.lamps)[:, None]
    screen = np.power(np.clip(lit, 0, 1), 1 / 2.2) * 255
    return np.asarray(screen[:, ::-1], np.float32)


def draw(mesh: Mesh, camera: Camera, light: Light) -> Sprite | None:
    """The mesh as a sprite, or None when no part of it is in the image."""
    if float(camera.depth(mesh.points).min()) < 0.6:
        return None
    pixels = camera.project(mesh.points)
    frame = _frame_of(pixels, camera)
    if frame is None:
        return None
    left, top, right, bottom = frame
    corners = mesh.points[mesh.quads]
    normals = _normals(corners)
    centres = corners.mean(1)
    towards = camera.position - centres
    distance = np.linalg.norm(towards, axis=1)
    views = towards / distance[:, None]
    facing = np.einsum("ij,ij->i", normals, views)
    flip = mesh.two_sided & (facing < 0)
    normals[flip] *= -1
    visible = (facing > 0) | mesh.two_sided
    order = np.argsort(-(distance - mesh.bias_m), kind="stable")
    order = order[visible[order]]
    colours = shade(mesh, normals, views.astype(np.float32), light)
    heights = np.clip(centres[:, 2] * 100 + Z_BELOW_CM, 1, 255)
    zoom = 3 if (right - left) * (bottom - top) < 20_000 else 2
    canvas = np.zeros(((bottom - top) * zoom, (right - left) * zoom, 4), np.uint8)
    fixed = np.round(((pixels - (left, top)) * zoom - 0.5) * 16).astype(np.int32)[mesh.quads]
    values = np.column_stack([colours, heights]).tolist()
    for face in order.tolist():
        cv2.fillConvexPoly(canvas, fixed[face], values[face], cv2.LINE_8, 4)
    return _shrunk(canvas, left, top, zoom)


def _frame_of(pixels: FloatArray, camera: Camera) -> tuple[int, int, int, int] | None:
    left, top = (math.floor(v) - 1 for v in pixels.min(0))
    right, bottom = (math.ceil(v) + 1 for v in pixels.max(0))
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, camera.width), min(bottom, camera.height)
    if right - left < 2 or bottom - top < 2:
        return None
    return left, top, right, bottom


def _normals(corners: FloatArray) -> FloatArray:
    normals = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9), np.float32)


def _shrunk(canvas: Image, left: int, top: int, zoom: int) -> Sprite:
    size = (canvas.shape[1] // zoom, canvas.shape[0] // zoom)
    inside = (canvas[..., 3] > 0).astype(np.uint8) * 255
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    # Heights must not be averaged with the empty outside, so the highest of a pixel's corners counts.
    highest = cv2.dilate(canvas[..., 3], np.ones((zoom, zoom), np.uint8), anchor=(0, 0))
    height = cv2.resize(highest, size, interpolation=cv2.INTER_NEAREST)
    alpha = cv2.resize(inside, size, interpolation=cv2.INTER_AREA)
    return Sprite(
        left=left,
        top=top,
        colour=np.ascontiguousarray(small[..., :3]),
        alpha=np.asarray(alpha, np.uint8),
        height=np.asarray(height, np.uint8),
    )


def cast_shadow(mesh: Mesh, camera: Camera, light: Light, *, ground_m: float = 0.0) -> Sprite | None:
    """The soft shadow under and beside a mesh, as a black sprite on the ground."""
    if float(camera.depth(mesh.points).min()) < 0.6:
        return None
    flat = mesh.points.copy()
    flat[:, 2] = ground_m
    drop = (mesh.points[:, 2:3] - ground_m) / max(light.to_sun[2], 0.3)
    thrown = flat - np.asarray(light.to_sun, np.float32) * drop
    thrown[:, 2] = ground_m
    near, cast = camera.project(flat), camera.project(thrown.astype(np.float32))
    size = float(np.ptp(near, axis=0).max())
    blur = max(size * 0.05, 1.2)
    pad = np.array([[-3 * blur, -3 * blur], [3 * blur, 3 * blur]], np.float32)
    both = np.concatenate([near, cast])
    frame = _frame_of(np.concatenate([both, both.min(0) + pad[:1], both.max(0) + pad[1:]]), camera)
    if frame is None:
        return None
    left, top, right, bottom = frame
    mask = np.zeros((bottom - top, right - left), np.float32)
    thin = float(np.ptp(mesh.points[:, 0])) * float(np.ptp(mesh.points[:, 1])) < 3.0 and size > 30
    thrown_px = np.round((cast - (left, top)) * 16).astype(np.int32)
    # A car's shadow is as good as its hull; a rider's has gaps that the eye expects.
    for face in thrown_px[mesh.quads] if thin else [cv2.convexHull(thrown_px)]:
        cv2.fillConvexPoly(mask, face, light.shadow, cv2.LINE_8, 4)
    under = np.zeros_like(mask)
    hull = np.round((cv2.convexHull(near) - (left, top)) * 16).astype(np.int32)
    cv2.fillConvexPoly(under, hull, 0.5, cv2.LINE_AA, 4)
    mask = np.asarray(cv2.GaussianBlur(1 - (1 - mask) * (1 - under), (0, 0), blur), np.float32)
    alpha = (mask * 255).astype(np.uint8)
    black = np.zeros((*alpha.shape, 3), np.uint8)
    return Sprite(left=left, top=top, colour=black, alpha=alpha, height=np.zeros_like(alpha))


def resized(sprite: Sprite, before: FloatArray, after: FloatArray, scale: float) -> Sprite:
    """The sprite moved so that its pixel `before` comes to `after`, and scaled about it."""
    if abs(scale - 1) < 0.004:
        scale = 1.0
    left = round(float(after[0]) + (sprite.left - float(before[0])) * scale)
    top = round(float(after[1]) + (sprite.top - float(before[1])) * scale)
    if scale == 1.0:
        return replace(sprite, left=left, top=top)
    h, w = sprite.alpha.shape
    size = (max(round(w * scale), 1), max(round(h * scale), 1))
    return Sprite(
        left=left,
        top=top,
        colour=np.asarray(cv2.resize(sprite.colour, size), np.uint8),
        alpha=np.asarray(cv2.resize(sprite.alpha, size), np.uint8),
        height=np.asarray(cv2.resize(sprite.height, size, interpolation=cv2.INTER_NEAREST), np.uint8),
    )


def lay(image: Image, sprite: Sprite, heights: Image | None = None) -> None:
    """Puts the sprite into the image in place, and its heights where it is solid."""
    h, w = sprite.alpha.shape
    rows, columns = slice(sprite.top, sprite.top + h), slice(sprite.left, sprite.left + w)
    under = image[rows, columns]
    transparency = cv2.merge([255 - sprite.alpha] * 3)
    cv2.add(cv2.multiply(under, transparency, scale=1 / 255), sprite.colour, dst=under)
    image[rows, columns] = under
    if heights is not None:
        np.copyto(heights[rows, columns], sprite.height, where=sprite.alpha > 127)
