"""The ground of a street: road with marks and wear, pavements, kerbs, canals; with its heights."""

import numpy as np
import numpy.typing as npt

from siaga_sim.scene.camera import Camera
from siaga_sim.scene.canvas import FAR_M, Canvas, tone
from siaga_sim.scene.meshes.mesh import FloatArray
from siaga_sim.scene.presets import Layout, Strip
from siaga_sim.scene.raster import Z_BELOW_CM, Light
from siaga_sim.scene.texture import Noise, ground_colour

ROADS = frozenset({"asphalt", "concrete_road"})


def lay_ground(canvas: Canvas, layout: Layout, light: Light, seed: int) -> None:
    """Paints the strips of ground with kerbs, marks and heights."""
    rays = canvas.camera.rays
    nearest = np.full(rays.shape[:2], np.inf, np.float32)
    noise, planes = Noise(seed), _Planes(canvas.camera)
    for strip in layout.strips:
        _kerb_face(canvas, planes, nearest, strip, layout, light)
        _strip(canvas, planes, nearest, strip, layout, light, noise)
    for strip, after in zip(layout.strips, layout.strips[1:], strict=False):
        _step(canvas, rays, nearest, strip, after, light)


class _Planes:
    """Where the rays meet the planes of the strips; strips of one plane share the work."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._known: dict[tuple[float, float], tuple[FloatArray, FloatArray, FloatArray]] = {}

    def hits(self, strip: Strip) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Distance along each ray to the strip and the world x, y there; infinity where it is missed."""
        right = strip.z_m if strip.z_right_m is None else strip.z_right_m
        slope = (right - strip.z_m) / (strip.right_m - strip.left_m)
        key = (round(slope, 6), round(strip.z_m - slope * strip.left_m, 6))
        if key not in self._known:
            self._known[key] = self._meet(*key)
        t, x, y = self._known[key]
        inside = (x >= strip.left_m) & (x < strip.right_m) & (y < FAR_M * 1.2)
        return np.where(inside, t, np.float32(np.inf)), x, y

    def _meet(self, slope: float, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        camera, rays = self._camera, self._camera.rays
        falling = np.float32(slope) * rays[..., 0] - rays[..., 2]
        above = np.float32(camera.z_m - level - slope * camera.x_m)
        t = np.where(falling > 1e-4, above / np.maximum(falling, np.float32(1e-4)), np.float32(np.inf))
        reach = np.minimum(t, np.float32(1e5))
        return (
            t,
            np.asarray(camera.x_m + rays[..., 0] * reach, np.float32),
            np.asarray(rays[..., 1] * reach, np.float32),
        )


def _strip(
    canvas: Canvas, planes: _Planes, nearest: FloatArray, strip: Strip, layout: Layout, light: Light, noise: Noise
) -> None:
    t, x, y = planes.hits(strip)
    hit = t < nearest
    if not hit.any():
        return
    nearest[hit] = t[hit]
    px, py, far = x[hit], y[hit], t[hit]
    footprint = (far / canvas.camera.focal_px * np.sqrt(np.maximum(far / max(canvas.camera.z_m, 0.1), 1))).astype(
        np.float32
    )
    right = strip.z_m if strip.z_right_m is None else strip.z_right_m
    rise = (right - strip.z_m) / (strip.right_m - strip.left_m)
    z = np.asarray(strip.z_m + rise * (px - strip.left_m), np.float32)
    if strip.material == "canal":
        colour = _canal(px, py, footprint, noise, -canvas.camera.rays[..., 2][hit])
    else:
        colour = ground_colour(strip.material, px, py, footprint, noise)
    if strip.material in ROADS:
        z = np.asarray(z + road_profile_m(px, py, strip), np.float32)
        colour = _road_details(colour, px, py, strip, layout, noise, footprint)
    haze = np.clip((far - 30) / 350, 0, 0.6)[:, None]
    shown = tone(colour, light) * (1 - haze) + tone(np.full_like(colour, 205), light) * haze
    canvas.image[hit] = np.clip(shown, 0, 255)
    canvas.heights[hit] = np.clip(z * 100 + Z_BELOW_CM, 0, 255)
    canvas.ground_y[hit] = py
    canvas.river[hit] = 255 if strip.material == "canal" else 0


def road_profile_m(x: FloatArray, y: FloatArray, strip: Strip) -> FloatArray:
    """Height of the road above its gutter: a crown of 5 cm and some unevenness; water comes in from the sides."""
    middle, half = (strip.left_m + strip.right_m) / 2, (strip.right_m - strip.left_m) / 2
    crown = 0.05 * (1 - ((x - middle) / half) ** 2)
    waves = 0.012 * (2 + np.sin(x * 0.9 + y * 0.31) + np.sin(y * 0.53 - x * 0.4))
    return np.asarray(crown + waves, np.float32)


def _canal(x: FloatArray, y: FloatArray, footprint: FloatArray, noise: Noise, down: FloatArray) -> FloatArray:
    ripples = noise.soft(x * 0.5, y, 0.25, footprint * 0.5) + noise.soft(x, y, 1.4, footprint, 1)
    sheen = np.clip((1 - down) ** 4, 0, 1)[:, None]
    body = np.array([78.0, 108, 122], np.float32) + ripples[:, None] * 5
    return np.asarray(body * (1 - sheen * 0.6) + np.array([190.0, 190, 185], np.float32) * sheen * 0.6, np.float32)


def _road_details(
    colour: FloatArray, x: FloatArray, y: FloatArray, strip: Strip, layout: Layout, noise: Noise, footprint: FloatArray
) -> FloatArray:
    for lane in layout.lanes:
        tracks = np.exp(-(((np.abs(x - lane.x_m) - 0.75) / 0.28) ** 2))
        oil = np.exp(-(((x - lane.x_m) / 0.3) ** 2)) * (0.6 + 0.4 * noise.soft(x * 0, y, 2.0, footprint))
        colour = colour + (tracks * 5 - np.clip(oil, 0, 1) * 8)[:, None]
    patches = noise.at(np.floor(x / 1.7) * 3.1, np.floor(y / 4.3) * 7.7, 1.0) > 1.9
    colour = np.where(patches[:, None], colour * 0.86, colour)
    cracks = np.abs(noise.at(x, y, 1.3, 2) + 0.4 * noise.at(x, y, 0.35, 1)) < 0.03
    colour = np.where((cracks & (footprint < 0.06))[:, None], colour * 0.78, colour)
    for lid_y in (9.5, 13.0, 19.0, 27.0, 38.0):
        away = np.hypot(x - (strip.left_m + 0.36 * (strip.right_m - strip.left_m)), y - lid_y)
        colour = np.where((away < 0.42)[:, None], colour * (0.55 + 0.25 * (away < 0.32))[:, None], colour)
    gutter = np.exp(-np.minimum(x - strip.left_m, strip.right_m - x) / 0.35)
    colour = colour * (1 - 0.22 * gutter)[:, None]
    worn = np.clip(0.82 + 0.16 * noise.soft(x, y, 0.12, footprint, 1), 0.35, 1)[:, None]
    for at, kind in layout.marks:
        paint_here, ink = _mark(kind, x - at, y)
        colour = np.where(paint_here[:, None], colour * (1 - worn) + np.asarray(ink, np.float32) * worn, colour)
    return np.asarray(colour, np.float32)


def _mark(kind: str, dx: FloatArray, y: FloatArray) -> tuple[npt.NDArray[np.bool_], tuple[float, float, float]]:
    white, red = (205.0, 208.0, 208.0), (70.0, 70.0, 140.0)
    match kind:
        case "dash":
            return (np.abs(dx) < 0.07) & (np.mod(y, 8) < 3.5), white
        case "double":
            return (np.abs(np.abs(dx) - 0.14) < 0.06), (120.0, 195.0, 215.0)
        case "hump":
            stripes = np.mod(np.floor(dx / 0.4), 2) == 0
            return (np.abs(dx) < 2.7) & (np.abs(np.mod(y, 17.0) - 9.5) < 0.3) & stripes, (80.0, 190.0, 205.0)
        case "zebra":
            return (np.abs(dx) < 3.9) & (y > 12.2) & (y < 14.8) & (np.mod(dx, 1.0) < 0.5), white
        case "bus":
            return (np.abs(dx) < 0.13) | ((dx > 0) & (dx < 2.6) & (np.mod(y, 30) < 9)), red
        case _:
            return np.abs(dx) < 0.07, white


def _kerb_face(
    canvas: Canvas, planes: _Planes, nearest: FloatArray, strip: Strip, layout: Layout, light: Light
) -> None:
    """Painted black and white on top along the road's edge, as Indonesian kerbs are."""
    if strip.material not in ("paving", "worn", "grass") or strip.z_right_m is not None:
        return
    for edge in (strip.left_m, strip.right_m):
        low, high = (edge, edge + 0.18) if edge == strip.left_m else (edge - 0.18, edge)
        if not any(abs(edge - other) < 0.01 for s in layout.strips if s.z_m == 0.0 for other in (s.left_m, s.right_m)):
            continue
        t, _, y = planes.hits(Strip(low, high, strip.z_m, "kerb"))
        hit = t < nearest
        nearest[hit] = t[hit]
        shade = np.where(np.mod(y[hit], 1.6) < 0.8, 62.0, 190.0)[:, None] * np.ones(3)
        canvas.river[hit] = 0
        canvas.image[hit] = np.clip(tone(shade.astype(np.float32), light), 0, 255)
        canvas.heights[hit] = round(strip.z_m * 100 + Z_BELOW_CM)


def _step(canvas: Canvas, rays: FloatArray, nearest: FloatArray, left: Strip, right: Strip, light: Light) -> None:
    """The upright face where two strips of different height meet."""
    low, high = sorted((left.z_m if left.z_right_m is None else left.z_right_m, right.z_m))
    if high - low < 0.02:
        return
    camera = canvas.camera
    across = np.where(np.abs(rays[..., 0]) < 1e-4, 1e-4, rays[..., 0])
    t = (right.left_m - camera.x_m) / across
    z = camera.z_m + rays[..., 2] * t
    y = rays[..., 1] * t
    hit = (t > 0) & (t < nearest) & (z >= low) & (z <= high) & (y < FAR_M)
    nearest[hit] = t[hit]
    canvas.river[hit] = 0
    kerb = high - low < 0.3
    shade = np.where(np.mod(y[hit], 1.6) < 0.8, 48.0, 168.0) if kerb else 96.0 + 10 * np.sin(y[hit] * 1.7)
    shade = np.asarray(shade)[:, None] * np.array([0.92, 0.97, 1.0])
    canvas.image[hit] = np.clip(tone(shade.astype(np.float32), light, 0.8), 0, 255)
    canvas.heights[hit] = np.clip(z[hit] * 100 + Z_BELOW_CM, 0, 255)
