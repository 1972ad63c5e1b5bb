"""A drawn camera: frames, what is truly in them, and the zones that a site file needs."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import cv2
import numpy as np
import numpy.typing as npt

from siaga_sim.scene import bystanders, traffic, water
from siaga_sim.scene.lens import DisplacedCamera, shaded, turned
from siaga_sim.scene.presets import LAYOUTS, Rect
from siaga_sim.scene.raster import Image, Light, Sprite, cast_shadow, draw, lay, resized
from siaga_sim.scene.scenery import Backdrop, mirrored, paint
from siaga_sim.scene.script import StreetScript
from siaga_sim.scene.sprite_store import Piece, SpriteStore

POSE_STEP = 0.07  # sprites are drawn anew when the distance changes by more than this share, else only resized

LIGHTS = {
    "day": Light(to_sun=(0.45, -0.35, 0.82), sun=0.60, sky=0.62, ground=0.12, shadow=0.35),
    "rain": Light(to_sun=(0.2, -0.2, 0.96), sun=0.18, sky=0.74, ground=0.10, shadow=0.12, lamps=0.3),
    "dusk": Light(
        to_sun=(0.8, 0.3, 0.5), sun=0.18, sky=0.34, ground=0.06, shadow=0.15, tint=(1.06, 0.96, 0.90), lamps=0.6
    ),
    "night": Light(
        to_sun=(0.2, -0.2, 0.96), sun=0.05, sky=0.11, ground=0.03, shadow=0.25, tint=(1.15, 0.98, 0.75), lamps=1.0
    ),
}


@dataclass(frozen=True)
class LabelledObject:
    """A thing in the image: its detector label, its box in pixels (left, top, right, bottom).

    `visible_share` is the share 0..1 of it that nothing hides and the image holds.
    """

    name: str
    label: str
    box: tuple[float, float, float, float]
    visible_share: float


@dataclass(frozen=True)
class _Drawing:
    placed: traffic.PlacedModel
    body: Sprite
    shadow: Sprite | None
    distance_m: float


class Street:
    """Draws a script. Frames depend on the script and the time alone, so any moment can be asked for at any time.

    `level_cm` drives the water from outside (cm above the gutter at a time in seconds) instead of the script.
    Pieces are stored between frames in a sprite store, which several streets may share. Not thread-safe.
    """

    _numbers = count()

    def __init__(
        self,
        script: StreetScript,
        level_cm: Callable[[float], float] | None = None,
        *,
        turned_deg: tuple[float, float] = (0.0, 0.0),
        store: SpriteStore | None = None,
    ) -> None:
        self.script = script
        self.layout = LAYOUTS[script.layout]
        self.camera = turned(self.layout.camera(script.width, script.height), *turned_deg)
        self.light = LIGHTS["rain" if script.light == "day" and script.rain > 0.2 else script.light]
        self._level = level_cm or script.level_cm
        self._store = SpriteStore() if store is None else store
        self._number = next(self._numbers)
        self._backdrop = self._paint()
        self._has_river = bool(self._backdrop.river.any())
        self._surface: water.WaterSurface | None = None
        dice = np.random.default_rng(script.seed + 11)
        shape = (script.height, script.width, 3)
        self._grain = [np.asarray(dice.normal(0, 2.2, shape).round(), np.int16) for _ in range(3)]
        self._streaks = [_rain_streaks(dice, script) for _ in range(4)] if script.rain > 0 else []

    def _paint(self) -> Backdrop:
        wet = max(0.85 if self.script.wet_road else 0.0, 0.7 * min(1.0, self.script.rain * 2))
        return paint(self.layout, self.camera, self.light, self.script.seed, wet=wet)

    def level_cm(self, at_seconds: float) -> float:
        """The water level in force at a time, cm above the gutter."""
        return self._level(at_seconds)

    def frame(self, at_seconds: float, water_level_cm: float | None = None) -> Image:
        """The image at a time, BGR."""
        level = self._level(at_seconds) if water_level_cm is None else water_level_cm
        image = self._backdrop.image.copy()
        if self._has_river:
            cv2.copyTo(self._water().at(at_seconds), self._backdrop.river, image)
        if level > 0:
            water.flood(image, self._backdrop.heights, level, self._water().at(at_seconds))
        for shade in self.script.shades:
            shaded(image, self.camera, shade, at_seconds)
        drawn = self._drawn(at_seconds)
        for thing in drawn:
            if thing.shadow:
                _lay(image, thing.shadow, None)
        for thing in drawn:
            body = water.waded(thing.body, level) if level > 0 else thing.body
            _lay(image, body, self._hidden_by_props(thing))
        return self._weathered(image, at_seconds)

    def _water(self) -> water.WaterSurface:
        if self._surface is None:
            seed = self.script.seed
            mirror = mirrored(self.layout, self.camera, self.light, seed, z_m=water.SURFACE_M)
            self._surface = water.WaterSurface(self.camera, mirror, self.light, seed)
        return self._surface

    def _weathered(self, image: Image, at: float) -> Image:
        number = round(at * self.script.fps)
        if self._streaks:
            cv2.add(image, np.roll(self._streaks[number % 4], (number * 37) % 200, axis=0), dst=image)
        grain = self._grain[number % 3]
        return np.asarray(cv2.add(image, grain, dtype=cv2.CV_8U), np.uint8)

    def _drawn(self, at: float) -> list[_Drawing]:
        things = []
        moving = traffic.everything(self.script, self.layout, at, self._level)
        for placed in [*moving, *bystanders.everyone(self.script, self.layout, at)]:
            thing = self._sprite(placed)
            if thing:
                things.append(thing)
        return sorted(things, key=lambda thing: -thing.distance_m)

    def _sprite(self, placed: traffic.PlacedModel) -> _Drawing | None:
        """The thing's sprite, from a pose that is near enough, moved by whole pixels."""
        if self._outside_the_frame(placed):
            return None
        pose = self._pose(placed)
        piece = self._store.piece((self._number, *placed.key, *pose), lambda: self._piece(placed, pose))
        if piece is None:
            return None
        ends = np.array([[pose[0], pose[1], 0.3], [placed.x_m, placed.y_m, 0.3]], np.float32)
        before, after = self.camera.project(ends)
        depths = self.camera.depth(ends)
        scale = float(depths[0] / max(depths[1], 0.5))
        body = resized(piece[0], before, after, scale)
        shadow = resized(piece[1], before, after, scale) if piece[1] else None
        return _Drawing(placed, body, shadow, float(depths[1]))

    def _outside_the_frame(self, placed: traffic.PlacedModel) -> bool:
        """Whether it is so far outside of the view that no part of it can show; the longest thing is a bus."""
        middle = np.array([[placed.x_m, placed.y_m, 1.0]], np.float32)
        distance = float(self.camera.depth(middle)[0])
        if distance < 0.6:
            return placed.key[0] == "walker"
        reach_px = (1.5 if placed.key[0] == "walker" else 6.5) / distance * self.camera.focal_px
        x, y = self.camera.project(middle)[0]
        return not (-reach_px < x < self.camera.width + reach_px and y < self.camera.height + reach_px)

    def _pose(self, placed: traffic.PlacedModel) -> tuple[float, float, int]:
        """A near enough x, y and heading: within about a pixel in size, so that far things share sprites."""
        distance = max(placed.y_m, 2.0)
        size_px = self.camera.focal_px * 1.7 / distance
        walks = placed.key[0] == "walker"
        rough = 0.15 if walks else min(max(4.0 / size_px, POSE_STEP), 0.2)
        turning = abs(placed.heading_deg) % 180 != 0
        step = 0.01 if turning else POSE_STEP * 2 ** math.floor(math.log2(rough / POSE_STEP))
        y = math.exp(round(math.log(distance) / step) * step)
        across = 1.0 if walks else 0.1 if distance < 10 else 0.5
        return round(round(placed.x_m / across) * across, 2), round(y, 3), round(placed.heading_deg)

    def _piece(self, placed: traffic.PlacedModel, pose: tuple[float, float, int]) -> Piece:
        mesh = placed.model.mesh.placed(pose[0], pose[1], pose[2], placed.z_m)
        body = draw(mesh, self.camera, self.light)
        return (body, cast_shadow(mesh, self.camera, self.light, ground_m=placed.z_m)) if body else None

    def _hidden_by_props(self, thing: _Drawing) -> npt.NDArray[np.bool_] | None:
        """Where something upright that stands nearer hides the thing."""
        left, top, right, bottom, _, _ = _clip(thing.body, self._backdrop.standing_m.shape)
        nearer = self._backdrop.standing_m[top:bottom, left:right] < thing.distance_m - 0.5
        return nearer if nearer.any() else None

    def truth(self, at_seconds: float, water_level_cm: float | None = None) -> list[LabelledObject]:
        """Everything in sight with its box; a part is left out when less than a fifth of it shows."""
        level = self._level(at_seconds) if water_level_cm is None else water_level_cm
        drawn = self._drawn(at_seconds)
        owner = np.full(self._backdrop.heights.shape, -1, np.int32)
        heights = self._backdrop.heights.copy()
        for number, thing in enumerate(drawn):
            _stamp(owner, heights, thing, number, self._hidden_by_props(thing))
        if level > 0:
            owner[water.under_water(heights, level)] = -1
        labelled = []
        for number, thing in enumerate(drawn):
            labelled += self._labels(thing, owner == number)
        return labelled

    def _labels(self, thing: _Drawing, visible: npt.NDArray[np.bool_]) -> list[LabelledObject]:
        rows, columns = np.flatnonzero(visible.any(1)), np.flatnonzero(visible.any(0))
        if not len(rows):
            return []
        whole = self._outline(thing)
        visible_share = float(visible.sum()) / max(whole, 1.0)
        if visible_share < 0.2:
            return []
        seen = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
        labels = []
        for label, part in thing.placed.model.parts:
            p = thing.placed
            pixels = self.camera.project(part.placed(p.x_m, p.y_m, p.heading_deg, p.z_m).points)
            low, high = pixels.min(0), pixels.max(0)
            box = (
                max(seen[0], float(low[0])),
                max(seen[1], float(low[1])),
                min(seen[2], float(high[0])),
                min(seen[3], float(high[1])),
            )
            if box[2] - box[0] >= 2 and box[3] - box[1] >= 2:
                labels.append(LabelledObject(p.name, label, box, min(visible_share, 1.0)))
        return labels

    def _outline(self, thing: _Drawing) -> float:
        """Pixels the thing would cover if nothing stood before it, those outside of the image counted too."""
        p = thing.placed
        pixels = self.camera.project(p.model.mesh.placed(p.x_m, p.y_m, p.heading_deg, p.z_m).points)
        area = float(np.prod(np.ptp(pixels, axis=0)))
        inside = np.clip(pixels, 0, (self.camera.width, self.camera.height))
        shown = max(float(np.prod(np.ptp(inside, axis=0))), 1.0)
        return float((thing.body.alpha > 127).sum()) * max(area / shown, 1.0)

    def water_mask(self, at_seconds: float, water_level_cm: float | None = None) -> npt.NDArray[np.bool_]:
        """Where the image shows flood water."""
        level = self._level(at_seconds) if water_level_cm is None else water_level_cm
        shape = self._backdrop.heights.shape
        if level <= 0:
            return np.zeros(shape, np.bool_)
        heights = self._backdrop.heights.copy()
        owner = np.zeros(shape, np.int32)
        for number, thing in enumerate(self._drawn(at_seconds)):
            _stamp(owner, heights, thing, number, self._hidden_by_props(thing))
        return water.under_water(heights, level)

    def zones(self) -> dict[str, list[list[float]]]:
        """The ground areas of a site file as polygons in 0..1 image coordinates."""
        layout = self.layout
        areas = {"no_stopping": layout.no_stopping, "watch": layout.watch, "road": layout.road_area}
        return {name: self._polygon(area) for name, area in areas.items()}

    def _polygon(self, area: Rect) -> list[list[float]]:
        x0, x1, y0, y1 = area
        ground = [[x0, y0, 0], [x1, y0, 0], [x1, y1, 0], [x0, y1, 0]]
        pixels = self.camera.project(np.array(ground, np.float32))
        frame = np.array(
            [[0, 0], [self.camera.width, 0], [self.camera.width, self.camera.height], [0, self.camera.height]],
            np.float32,
        )
        _, cut = cv2.intersectConvexConvex(pixels, frame)
        share = cut.reshape(-1, 2) / (self.camera.width, self.camera.height)
        return [[round(float(np.clip(v, 0, 1)), 4) for v in point] for point in share]


def filmed(script: StreetScript) -> DisplacedCamera:
    """The script's street through its lens, with all that happens to the lens."""
    return DisplacedCamera(script, lambda turn: Street(script, turned_deg=turn))


def _clip(sprite: Sprite, shape: tuple[int, ...]) -> tuple[int, int, int, int, int, int]:
    """Where the moved sprite lies in the image, and from which of its corners it is seen."""
    h, w = sprite.alpha.shape
    left, top = sprite.left, sprite.top
    return (
        max(left, 0),
        max(top, 0),
        max(min(left + w, shape[1]), 0),
        max(min(top + h, shape[0]), 0),
        max(-left, 0),
        max(-top, 0),
    )


def _window(sprite: Sprite, shape: tuple[int, ...], hidden: npt.NDArray[np.bool_] | None) -> Sprite | None:
    left, top, right, bottom, from_x, from_y = _clip(sprite, shape)
    if right <= left or bottom <= top:
        return None
    rows, columns = slice(from_y, from_y + bottom - top), slice(from_x, from_x + right - left)
    colour, alpha = sprite.colour[rows, columns], sprite.alpha[rows, columns]
    if hidden is not None:
        colour, alpha = (
            np.where(hidden[..., None], 0, colour).astype(np.uint8),
            np.where(hidden, 0, alpha).astype(np.uint8),
        )
    return Sprite(left=left, top=top, colour=colour, alpha=alpha, height=sprite.height[rows, columns])


def _lay(image: Image, sprite: Sprite, hidden: npt.NDArray[np.bool_] | None) -> None:
    moved = _window(sprite, image.shape, hidden)
    if moved:
        lay(image, moved)


def _stamp(
    owner: npt.NDArray[np.int32], heights: Image, thing: _Drawing, number: int, hidden: npt.NDArray[np.bool_] | None
) -> None:
    moved = _window(thing.body, owner.shape, hidden)
    if moved is None:
        return
    h, w = moved.alpha.shape
    rows, columns = slice(moved.top, moved.top + h), slice(moved.left, moved.left + w)
    solid = moved.alpha > 127
    owner[rows, columns][solid] = number
    heights[rows, columns][solid] = moved.height[solid]


def _rain_streaks(dice: np.random.Generator, script: StreetScript) -> Image:
    streaks = np.zeros((script.height, script.width, 3), np.uint8)
    for _ in range(int(1400 * script.rain)):
        x, y = int(dice.integers(script.width)), int(dice.integers(script.height))
        long = int(dice.integers(8, 26))
        shade = int(dice.integers(5, 15))
        cv2.line(streaks, (x, y), (x + long // 6, y + long), (shade, shade, shade), 1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(streaks, (0, 0), 0.6), np.uint8)
