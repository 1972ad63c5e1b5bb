"""The still part of a view: sky, ground, houses, trees, walls; painted once per camera with its heights."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from siaga_sim.scene.camera import Camera
from siaga_sim.scene.mesh import FloatArray
from siaga_sim.scene.presets import Layout, Row, Strip
from siaga_sim.scene.props import prop_meshes
from siaga_sim.scene.raster import Z_BELOW_CM, Image, Light, cast_shadow, draw, lay
from siaga_sim.scene.texture import Noise, cloud, facade, ground_colour

FAR_M = 400.0


@dataclass(frozen=True)
class Backdrop:
    """The painted still view.

    `heights` is one byte a pixel (see Z_BELOW_CM); `standing_m` is the distance of upright things, infinity on
    the open ground and sky; `ground_x`, `ground_y` are the world positions that the ground pixels show.
    """

    picture: Image
    heights: Image
    standing_m: FloatArray
    ground_x: FloatArray
    ground_y: FloatArray


class _Canvas:
    """What is painted on: colour, heights and distances at one size."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        shape = (camera.height, camera.width)
        self.picture = np.zeros((*shape, 3), np.uint8)
        self.heights = np.full(shape, 255, np.uint8)
        self.standing = np.full(shape, np.inf, np.float32)
        self.ground_x = np.full(shape, 1e6, np.float32)
        self.ground_y = np.full(shape, 1e6, np.float32)


def paint(layout: Layout, camera: Camera, light: Light, seed: int, *, wet: float = 0.0) -> Backdrop:
    """The view without traffic; `wet` 0..1 darkens the ground and lets it mirror."""
    double = replace(camera, width=camera.width * 2, height=camera.height * 2)
    canvas = _Canvas(double)
    _sky(canvas, light, seed)
    _ground(canvas, layout, light, seed)
    _uprights(canvas, layout, light, seed, shadows=True)
    if wet > 0:
        _wetten(canvas, mirrored(layout, double, light, seed, z_m=0.0), wet, seed)
    return _halved(canvas, camera, seed)


def mirrored(layout: Layout, camera: Camera, light: Light, seed: int, *, z_m: float) -> Image:
    """What a still water surface at this height would mirror into the lens, as a whole picture."""
    below = replace(camera, z_m=2 * z_m - camera.z_m, pitch_deg=-camera.pitch_deg)
    canvas = _Canvas(below)
    _sky(canvas, light, seed)
    _uprights(canvas, layout, light, seed, shadows=False)
    return np.ascontiguousarray(canvas.picture[::-1])


def _halved(canvas: _Canvas, camera: Camera, seed: int) -> Backdrop:
    size = (camera.width, camera.height)
    small = cv2.resize(canvas.picture, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.55)
    return Backdrop(
        picture=np.asarray(small, np.uint8),
        heights=np.ascontiguousarray(canvas.heights[::2, ::2]),
        standing_m=np.ascontiguousarray(canvas.standing[::2, ::2]),
        ground_x=np.ascontiguousarray(canvas.ground_x[::2, ::2]),
        ground_y=np.ascontiguousarray(canvas.ground_y[::2, ::2]),
    )


def _tone(colour: FloatArray, light: Light, strength: float = 1.0) -> FloatArray:
    """Screen colours under the scene's light: full day keeps them."""
    amount = (light.sun * 0.75 + light.sky) * strength
    gain = np.asarray(light.tint[::-1], np.float32) * amount
    return np.asarray(colour * np.power(gain, 1 / 2.2), np.float32)


def _sky(canvas: _Canvas, light: Light, seed: int) -> None:
    rays = canvas.camera.rays()
    up = np.clip(np.abs(rays[..., 2]) * 2.2, 0, 1)[..., None]
    low, high = np.array([222.0, 218, 212]), np.array([214.0, 190, 160])
    clouds = cloud(np.random.default_rng(seed), rays.shape[:2], rays.shape[1] / 3, 5)[..., None]
    colour = low * (1 - up) + high * up + np.clip(clouds, -1.5, 2) * 9 * np.sqrt(up)
    canvas.picture[:] = np.clip(_tone(colour.astype(np.float32), light, 0.95), 0, 255)
    _skyline(canvas, light, seed)


def _skyline(canvas: _Canvas, light: Light, seed: int) -> None:
    camera = canvas.camera
    dice = np.random.default_rng(seed + 5)
    turn = -1 if camera.z_m < 0 else 1
    for layer, (shade, tall) in enumerate(((190.0, 60.0), (168.0, 42.0), (140.0, 22.0))):
        far = FAR_M - layer * 60
        for _ in range(26):
            x = float(dice.uniform(-far, far)) + math.tan(math.radians(camera.yaw_deg)) * far
            wide, high = float(dice.uniform(10, 45)), float(dice.uniform(0.3, 1.0)) * tall
            corners = np.array([[x, far, -1], [x + wide, far, -1], [x + wide, far, high], [x, far, high]], np.float32)
            colour = _tone(np.array([shade * 1.03, shade, shade * 0.95], np.float32), light)
            cv2.fillConvexPoly(canvas.picture, np.round(camera.project(corners)).astype(np.int32), colour.tolist())
    del turn


def _ground(canvas: _Canvas, layout: Layout, light: Light, seed: int) -> None:
    rays = canvas.camera.rays()
    nearest = np.full(rays.shape[:2], np.inf, np.float32)
    noise = Noise(seed)
    for strip in layout.strips:
        _kerb_face(canvas, rays, nearest, strip, layout, light)
        _strip(canvas, rays, nearest, strip, layout, light, noise)
    for strip, after in zip(layout.strips, layout.strips[1:], strict=False):
        _step(canvas, rays, nearest, strip, after, light)


def _hits(camera: Camera, rays: FloatArray, strip: Strip) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distance along each ray to the strip's plane and the world x, y there; infinity where it is missed."""
    right = strip.z_m if strip.z_right_m is None else strip.z_right_m
    slope = (right - strip.z_m) / (strip.right_m - strip.left_m)
    above = camera.z_m - strip.z_m - slope * (camera.x_m - strip.left_m)
    falling = -(rays[..., 2] - slope * rays[..., 0])
    t = np.where(falling > 1e-4, above / np.maximum(falling, 1e-4), np.inf)
    t = np.where(t > 0, t, np.inf).astype(np.float32)
    reach = np.minimum(t, 1e5)
    x, y = camera.x_m + rays[..., 0] * reach, rays[..., 1] * reach
    t = np.where((x >= strip.left_m) & (x < strip.right_m) & (y < FAR_M * 1.2), t, np.inf)
    return np.asarray(t, np.float32), np.asarray(x, np.float32), np.asarray(y, np.float32)


def _strip(
    canvas: _Canvas, rays: FloatArray, nearest: FloatArray, strip: Strip, layout: Layout, light: Light, noise: Noise
) -> None:
    t, x, y = _hits(canvas.camera, rays, strip)
    hit = t < nearest
    if not hit.any():
        return
    nearest[hit] = t[hit]
    px, py, far = x[hit], y[hit], t[hit]
    footprint = (far / canvas.camera.focal_px * np.sqrt(np.maximum(far / max(canvas.camera.z_m, 0.1), 1))).astype(
        np.float32
    )
    right = strip.z_m if strip.z_right_m is None else strip.z_right_m
    z = strip.z_m + (right - strip.z_m) * (px - strip.left_m) / (strip.right_m - strip.left_m)
    if strip.material == "canal":
        colour = _canal(px, py, footprint, noise, -rays[..., 2][hit])
    else:
        colour = ground_colour(strip.material, px, py, footprint, noise)
    if strip.material in ("asphalt", "concrete_road"):
        z = z + road_profile_m(px, py, strip)
        colour = _road_details(colour, px, py, strip, layout, noise, footprint)
    haze = np.clip((far - 30) / 350, 0, 0.6)[:, None]
    colour = _tone(colour, light) * (1 - haze) + _tone(np.full_like(colour, 205), light) * haze
    canvas.picture[hit] = np.clip(colour, 0, 255)
    canvas.heights[hit] = np.clip(z * 100 + Z_BELOW_CM, 0, 255)
    canvas.ground_x[hit], canvas.ground_y[hit] = px, py


def road_profile_m(x: FloatArray, y: FloatArray, strip: Strip) -> FloatArray:
    """Height of the road above its gutter: a crown of 5 cm and some unevenness, so that water comes in from the sides."""
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
        case "bus":
            return (np.abs(dx) < 0.13) | ((dx > 0) & (dx < 2.6) & (np.mod(y, 30) < 9)), red
        case _:
            return np.abs(dx) < 0.07, white


def _kerb_face(
    canvas: _Canvas, rays: FloatArray, nearest: FloatArray, strip: Strip, layout: Layout, light: Light
) -> None:
    """Painted black and white on top along the road's edge, as Indonesian kerbs are."""
    if strip.material not in ("paving", "worn", "grass") or strip.z_right_m is not None:
        return
    for edge in (strip.left_m, strip.right_m):
        low, high = (edge, edge + 0.18) if edge == strip.left_m else (edge - 0.18, edge)
        if not any(abs(edge - other) < 0.01 for s in layout.strips if s.z_m == 0.0 for other in (s.left_m, s.right_m)):
            continue
        t, _, y = _hits(canvas.camera, rays, Strip(low, high, strip.z_m, "kerb"))
        hit = t < nearest
        nearest[hit] = t[hit]
        tone = np.where(np.mod(y[hit], 1.6) < 0.8, 62.0, 190.0)[:, None] * np.ones(3)
        canvas.picture[hit] = np.clip(_tone(tone.astype(np.float32), light), 0, 255)
        canvas.heights[hit] = round(strip.z_m * 100 + Z_BELOW_CM)


def _step(canvas: _Canvas, rays: FloatArray, nearest: FloatArray, left: Strip, right: Strip, light: Light) -> None:
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
    kerb = high - low < 0.3
    tone = np.where(np.mod(y[hit], 1.6) < 0.8, 48.0, 168.0) if kerb else 96.0 + 10 * np.sin(y[hit] * 1.7)
    tone = np.asarray(tone)[:, None] * np.array([0.92, 0.97, 1.0])
    canvas.picture[hit] = np.clip(_tone(tone.astype(np.float32), light, 0.8), 0, 255)
    canvas.heights[hit] = np.clip(z[hit] * 100 + Z_BELOW_CM, 0, 255)


def _uprights(canvas: _Canvas, layout: Layout, light: Light, seed: int, *, shadows: bool) -> None:
    pieces: list[tuple[float, object]] = []
    for number, row in enumerate(layout.rows):
        if row.kind in ("shops", "houses", "offices", "wall"):
            pieces += [(far, quad) for far, quad in _fronts(row, seed * 31 + number, layout.hue, canvas.camera)]
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
        if isinstance(piece, _Quad):
            _hang(canvas, piece, light)
        else:
            _stand(canvas, piece, light, shadows=shadows)


def _stand(canvas: _Canvas, mesh: object, light: Light, *, shadows: bool) -> None:
    from siaga_sim.scene.mesh import Mesh

    if not isinstance(mesh, Mesh):
        raise TypeError(f"a mesh is drawn here, not {type(mesh).__name__}")
    if shadows:
        shade = cast_shadow(mesh, canvas.camera, light, ground_m=0.15)
        if shade:
            lay(canvas.picture, shade)
    sprite = draw(mesh, canvas.camera, light)
    if sprite is None:
        return
    lay(canvas.picture, sprite, canvas.heights)
    h, w = sprite.alpha.shape
    window = canvas.standing[sprite.top : sprite.top + h, sprite.left : sprite.left + w]
    window[sprite.alpha > 127] = float(np.median(canvas.camera.depth(mesh.points)))


@dataclass(frozen=True)
class _Quad:
    """A textured upright face: corners bottom left, bottom right, top right, top left."""

    corners: FloatArray
    texture: FloatArray


def _fronts(row: Row, seed: int, hue: float, camera: Camera) -> list[tuple[float, _Quad]]:
    dice = np.random.default_rng(seed)
    quads: list[tuple[float, _Quad]] = []
    y = row.from_m
    while y < row.to_m:
        wide = float(dice.uniform(5, 9)) if row.kind != "offices" else float(dice.uniform(14, 26))
        wide = wide if row.kind != "wall" else row.to_m - row.from_m
        storeys = int(dice.integers(row.storeys[0], row.storeys[1] + 1))
        setback = float(dice.uniform(0, 0.8)) if row.kind != "wall" else 0.0
        quads += _house(row, dice, y, wide, storeys, setback, hue)
        y += wide + (float(dice.uniform(0, 0.4)) if row.kind != "offices" else float(dice.uniform(2, 9)))
    return quads


def _house(
    row: Row, dice: np.random.Generator, y: float, wide: float, storeys: int, setback: float, hue: float
) -> list[tuple[float, _Quad]]:
    away = 1.0 if row.x_m > 0 else -1.0
    x0, x1 = row.x_m + away * setback, row.x_m + away * (setback + (9.0 if row.kind != "offices" else 18.0))
    high = storeys * 3.4 if row.kind != "wall" else 4.6
    side = _wall_face(dice, wide, high) if row.kind == "wall" else facade(dice, row.kind, wide, storeys, hue)
    along = np.array([[x0, y, 0], [x0, y + wide, 0], [x0, y + wide, high], [x0, y, high]], np.float32)
    if away > 0:
        along = along[[1, 0, 3, 2]]
        side = side[:, ::-1]
    quads = [(y + wide / 2, _Quad(along, side * (1.0 if away > 0 else 0.88)))]
    if row.kind != "wall":
        left, right = sorted((x0, x1))
        end = np.array([[left, y, 0], [right, y, 0], [right, y, high], [left, y, high]], np.float32)
        blank = np.broadcast_to(side.mean((0, 1)), (60, 60, 3)) + cloud(dice, (60, 60), 20)[..., None] * 4
        quads.append((y, _Quad(end, (blank * 0.92).astype(np.float32))))
        roof = [left - 0.3, right + 0.3]
        tiles = np.array([62.0, 78, 140]) if row.kind == "houses" else np.array([120.0, 122, 124])
        top = np.array(
            [
                [roof[0], y - 0.2, high],
                [roof[1], y - 0.2, high],
                [roof[1], y + wide, high + 0.1],
                [roof[0], y + wide, high + 0.1],
            ],
            np.float32,
        )
        texture = np.broadcast_to(tiles * dice.uniform(0.7, 1.1), (40, 40, 3)) + cloud(dice, (40, 40), 8)[..., None] * 6
        quads.append((y + 0.1, _Quad(top, texture.astype(np.float32))))
    return quads


def _wall_face(dice: np.random.Generator, wide: float, high: float) -> FloatArray:
    px = 16
    face = 150 + cloud(dice, (int(high * px), int(wide * px)), 70)[..., None] * 7 * np.ones(3)
    face[:, :: int(4 * px)] *= 0.75
    face[: px // 2] *= 1.15
    face[-px:] *= 0.8
    return np.asarray(face * np.array([0.95, 0.98, 1.0]), np.float32)


def _hang(canvas: _Canvas, quad: _Quad, light: Light) -> None:
    """Warps a face into the picture; what lies behind the lens is cut off along the street."""
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
    warped = cv2.warpPerspective(soft, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    ramp = np.linspace(float(corners[:, 2].max()), float(corners[:, 2].min()), h, dtype=np.float32)
    ramps = cv2.warpPerspective(np.repeat(ramp[:, None], w, 1), matrix, size, borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillConvexPoly(mask, np.round((target - (left, top)) * 16).astype(np.int32), 255, cv2.LINE_8, 4)
    inside = mask > 0
    far = float(depths.mean())
    haze = min(max((far - 40) / 350, 0.0), 0.6)
    colour = _tone(warped, light, 0.92) * (1 - haze) + _tone(np.full_like(warped, 205), light) * haze
    rows, columns = slice(int(top), int(bottom)), slice(int(left), int(right))
    canvas.picture[rows, columns][inside] = np.clip(colour, 0, 255)[inside]
    canvas.heights[rows, columns][inside] = np.clip(ramps * 100 + Z_BELOW_CM, 0, 255)[inside]
    canvas.standing[rows, columns][inside] = far


def _wetten(canvas: _Canvas, mirror: Image, wet: float, seed: int) -> None:
    """A thin film on the ground: darker, with dull upright streaks of what stands behind."""
    ground = canvas.ground_y < 1e5
    rays = canvas.camera.rays()
    sheen = np.clip(1 + rays[..., 2], 0, 1) ** 5
    blurred = cv2.GaussianBlur(cv2.blur(mirror, (3, 61)), (0, 0), 6).astype(np.float32)
    film = 0.55 + 0.25 * cloud(np.random.default_rng(seed + 9), ground.shape, ground.shape[1] / 12)
    amount = (wet * np.clip(film, 0.15, 1) * (0.04 + 0.55 * sheen))[..., None]
    dark = canvas.picture.astype(np.float32) * (1 - 0.38 * wet)
    canvas.picture[ground] = np.clip(dark * (1 - amount) + blurred * amount, 0, 255)[ground]
