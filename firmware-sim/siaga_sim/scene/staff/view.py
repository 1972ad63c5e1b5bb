"""A staff gauge in a river as a camera sees it, frame by frame, with the true level of each.

Rays are cast onto the staff, the wall behind it and a water surface that moves; what the water mirrors is found by the
same rays turned at its waves. Any moment can be asked for at any time: frames depend on the script and the time alone.
"""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from siaga_sim.scene.lens import turned
from siaga_sim.scene.meshes.mesh import FloatArray
from siaga_sim.scene.raster import Image
from siaga_sim.scene.staff.light import lit, weathered
from siaga_sim.scene.staff.paint import TEXELS_PER_CM, StaffPlate, painted, wall_face
from siaga_sim.scene.staff.presets import RIVERSIDES, Riverside
from siaga_sim.scene.staff.water import Waves, floating

_WALL_TEXELS = 24
_SKY = (228.0, 214.0, 196.0)
Seconds = Annotated[float, Field(ge=0, le=7 * 86400)]


class StaffScript(BaseModel):
    """What happens at a riverside. Levels are cm over the gauge's zero; times seconds from the start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str = "quay"
    width: Annotated[int, Field(ge=320, le=1920, multiple_of=2)] = 960
    height: Annotated[int, Field(ge=180, le=1080, multiple_of=2)] = 540
    fps: Annotated[float, Field(gt=0, le=30)] = 4.0
    seed: Annotated[int, Field(ge=0)] = 1
    light: Literal["day", "dusk", "lamp", "infrared"] = "day"
    rain: Annotated[float, Field(ge=0, le=1)] = 0.0
    waves: Annotated[float, Field(ge=0, le=1)] = 0.3
    wet_band_cm: Annotated[float, Field(ge=0, le=60)] = 8.0
    dirt: Annotated[float, Field(ge=0, le=1)] = 0.3
    debris: Annotated[int, Field(ge=0, le=12)] = 0
    shadow: bool = False
    ink: Literal["black", "red", "blue"] = "black"
    plate: Literal["white", "yellow"] = "white"
    levels: Annotated[tuple[tuple[Seconds, Annotated[float, Field(ge=-60, le=400)]], ...], Field(min_length=1)] = (
        (0.0, 80.0),
    )
    knock_at: Seconds | None = None
    knock_deg: tuple[float, float] = (6.0, 0.0)

    @model_validator(mode="after")
    def _known(self) -> StaffScript:
        if self.site not in RIVERSIDES:
            raise ValueError(f"site {self.site!r}: expected one of {', '.join(RIVERSIDES)}")
        times = [time for time, _ in self.levels]
        if times != sorted(times):
            raise ValueError("levels: expected times in rising order")
        return self

    def level_cm(self, at_seconds: float) -> float:
        """The true level of still water at a time, straight between the given points."""
        times, levels = zip(*self.levels, strict=True)
        return float(np.interp(at_seconds, times, levels))


class StaffView:
    """Draws a script; `near_staff` leaves all but the staff's surroundings black, for measuring in a tenth of the
    time."""

    def __init__(
        self, script: StaffScript, *, turned_deg: tuple[float, float] = (0.0, 0.0), near_staff: bool = False
    ) -> None:
        self.script = script
        self.site: Riverside = RIVERSIDES[script.site]
        self.camera = turned(self.site.camera(script.width, script.height), *turned_deg)
        self._plate = StaffPlate(ink=script.ink, plate=script.plate, dirt=script.dirt)
        self._face = self._sized(painted(self._plate, script.seed))
        self._wall = wall_face(420, 2400, script.seed)
        self._waves = Waves(script.seed, script.waves, script.rain, dark=script.light == "infrared")
        self.columns = self._near_staff() if near_staff else slice(0, script.width)
        self._rays = np.ascontiguousarray(self.camera.rays[:, self.columns])
        self._knocked: StaffView | None = None
        if script.knock_at is not None and turned_deg == (0.0, 0.0):
            self._knocked = StaffView(script, turned_deg=script.knock_deg)

    def level_cm(self, at_seconds: float) -> float:
        """Return the true level at a time."""
        return self.script.level_cm(at_seconds)

    def spot(self, level_cm: float) -> tuple[float, float]:
        """Where a mark of the staff's middle lies in the image, in shares of its width and height."""
        world = np.array([[self.site.staff_x_m, self.site.staff_y_m, level_cm / 100]], np.float32)
        x, y = self.camera.project(world)[0]
        return float(x) / self.camera.width, float(y) / self.camera.height

    def staff_width(self) -> float:
        """The staff's width at its middle, as a share of the image's width."""
        half = self._plate.width_cm / 200
        ends = np.array([[self.site.staff_x_m + side, self.site.staff_y_m, 0.9] for side in (-half, half)], np.float32)
        return float(np.ptp(self.camera.project(ends)[:, 0])) / self.camera.width

    def frame(self, at_seconds: float) -> Image:
        """The BGR image at a time."""
        if self._knocked is not None and self.script.knock_at is not None and at_seconds >= self.script.knock_at:
            return self._knocked.frame(at_seconds)
        script, level = self.script, self.level_cm(at_seconds) / 100
        dry = self._seen(self.camera.position, self._rays, level)
        drawn = self._with_water(dry, level, at_seconds)
        image = np.zeros((script.height, script.width, 3), np.float32)
        image[:, self.columns] = drawn
        if script.debris:
            floating(image, self.camera, self.site, level, at_seconds, number=script.debris, seed=script.seed)
        image = lit(image, script.light, self._staff_px(), seed=script.seed, shadow=script.shadow)
        return weathered(image, script.rain, script.light, at_seconds, script.fps, script.seed)

    def _near_staff(self) -> slice:
        middle = [self.spot(level)[0] * self.camera.width for level in (0, 250)]
        reach = 2.2 * self.staff_width() * self.camera.width
        return slice(max(0, int(min(middle) - reach)), min(self.camera.width, int(max(middle) + reach)))

    def _staff_px(self) -> tuple[float, float]:
        x, y = self.spot(100)
        return x * self.camera.width, y * self.camera.height

    def _sized(self, face: FloatArray) -> FloatArray:
        """The face with as many texels as pixels see of it, so that far graduations blur and do not flicker."""
        distance = float(np.linalg.norm(np.array([self.site.staff_x_m, self.site.staff_y_m, 1.0]) - self._lens()))
        wanted = self.camera.focal_px / distance / 100
        self._texels_per_cm = min(float(TEXELS_PER_CM), 1.3 * wanted)
        scale = self._texels_per_cm / TEXELS_PER_CM
        return np.asarray(cv2.resize(face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.float32)

    def _lens(self) -> npt.NDArray[np.float64]:
        return np.asarray(self.camera.position, np.float64)

    # --- what rays see --------------------------------------------------------------------------------------------

    def _seen(self, start: FloatArray, rays: FloatArray, level_m: float) -> FloatArray:
        """Colours (h, w, 3) of the wall, the sky over it and the staff before it, without any water."""
        x, z, _ = self._hits(start, rays, self.site.wall_y_m)
        colours = self._wall_colour(x, z, level_m)
        x, z, direction = self._hits(start, rays, self.site.staff_y_m)
        face, there = self._staff_colour(x, z, direction, level_m)
        there = np.where(direction > 0, there, 0)[..., None]
        return np.asarray(colours * (1 - there) + face * there, np.float32)

    @staticmethod
    def _hits(start: FloatArray, rays: FloatArray, plane_y_m: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Where rays meet an upright plane (x and z), and after how far."""
        direction = (plane_y_m - start[..., 1]) / np.maximum(rays[..., 1], 1e-3)
        x, z = start[..., 0] + direction * rays[..., 0], start[..., 2] + direction * rays[..., 2]
        return np.asarray(x, np.float32), np.asarray(z, np.float32), np.asarray(direction, np.float32)

    def _wall_colour(self, x: FloatArray, z: FloatArray, level_m: float) -> FloatArray:
        columns = np.clip((x + 30) * _WALL_TEXELS, 0, self._wall.shape[1] - 1).astype(np.float32)
        rows = np.clip((8 - z) * _WALL_TEXELS, 0, self._wall.shape[0] - 1).astype(np.float32)
        face = cv2.remap(self._wall, columns, rows, cv2.INTER_LINEAR)
        face = face * self._wetness(x, z, level_m, 0.72)[..., None]
        over = np.clip((z - self.site.wall_top_m) * 60 + 0.5, 0, 1)[..., None]
        return np.asarray(face * (1 - over) + np.asarray(_SKY, np.float32) * over, np.float32)

    def _staff_colour(
        self, x: FloatArray, z: FloatArray, direction: FloatArray, level_m: float
    ) -> tuple[FloatArray, FloatArray]:
        half = self._plate.width_cm / 200
        across = x - self.site.staff_x_m
        columns = ((across + half) * 100 * self._texels_per_cm - 0.5).astype(np.float32)
        rows = ((self._plate.high_cm - z * 100) * self._texels_per_cm - 0.5).astype(np.float32)
        face = cv2.remap(self._face, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        face = face * self._wetness(x, z, level_m, 0.82)[..., None]
        pixel = np.maximum(direction, 0.5) / self.camera.focal_px
        inside = np.clip((half - np.abs(across)) / pixel + 0.5, 0, 1)
        inside *= np.clip((self._plate.high_cm / 100 - z) / pixel + 0.5, 0, 1)
        return np.asarray(face, np.float32), np.asarray(inside, np.float32)

    def _wetness(self, x: FloatArray, z: FloatArray, level_m: float, to: float) -> FloatArray:
        """Darker where the wall is still wet, up to an uneven line above the water."""
        band = self.script.wet_band_cm / 100
        if not band:
            return np.ones_like(z)
        rim = level_m + band * (1 + 0.25 * np.sin(3.1 * x + self.script.seed) + 0.12 * np.sin(17 * x))
        wet = np.clip((rim - z) / (0.3 * band) + 0.5, 0, 1)
        return np.asarray(1 - (1 - to) * wet, np.float32)

    # --- the water ------------------------------------------------------------------------------------------------

    def _with_water(self, dry: FloatArray, level_m: float, at: float) -> FloatArray:
        rays, lens = self._rays, self.camera.position
        down = np.minimum(rays[..., 2], -1e-4)
        direction = (level_m - lens[2]) / down
        x, y = lens[0] + direction * rays[..., 0], direction * rays[..., 1]
        water = self._surface(x, y, rays, level_m, at)
        # What stands nearer than the water does hides it: the staff, and the wall where the water ends at it.
        on_staff = self._dry_share(self.site.staff_y_m, level_m, at, self._plate.width_cm / 200)
        on_wall = self._dry_share(self.site.wall_y_m, level_m, at, None)
        share = np.maximum(on_staff, on_wall)[..., None]
        return np.asarray(dry * share + water * (1 - share), np.float32)

    def _dry_share(self, plane_y_m: float, level_m: float, at: float, half_m: float | None) -> FloatArray:
        """How much of each pixel sees a plane above the water, soft at the rim of a pixel."""
        rays, lens = self._rays, self.camera.position
        direction = plane_y_m / np.maximum(rays[..., 1], 1e-3)
        x, z = lens[0] + direction * rays[..., 0], lens[2] + direction * rays[..., 2]
        lap = self._waves.height_m(x, np.full_like(x, plane_y_m), at)
        pixel = direction / self.camera.focal_px
        share = np.clip((z - level_m - lap) / pixel + 0.5, 0, 1)
        if half_m is not None:
            share *= np.clip((half_m - np.abs(x - self.site.staff_x_m)) / pixel + 0.5, 0, 1)
        return np.asarray(share, np.float32)

    def _surface(self, x: FloatArray, y: FloatArray, rays: FloatArray, level_m: float, at: float) -> FloatArray:
        slope_x, slope_y = self._waves.slopes(x, y, at)
        normal = np.stack([-slope_x, -slope_y, np.ones_like(x)], -1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        facing = (rays * normal).sum(-1, keepdims=True)
        mirrored = rays - 2 * facing * normal
        mirrored[..., 2] = np.maximum(mirrored[..., 2], 0.01)
        start = np.stack([x, y, np.full_like(x, level_m)], -1)
        seen = self._seen(start.astype(np.float32), mirrored.astype(np.float32), level_m)
        glance = np.clip(1 + facing, 0, 1) ** 5
        share = np.clip(0.04 + 0.96 * glance + 0.18, 0, 0.9)
        return np.asarray(seen * share + self._waves.body(x, y, at) * (1 - share), np.float32)
