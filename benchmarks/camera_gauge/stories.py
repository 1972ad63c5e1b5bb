"""Drawn riversides to measure the camera gauge on: each is one look at a staff whose true level is known.

Seeds below `TUNING_FROM` are for measuring; those from it on chose the weights of edge/siaga_edge/gauge and nothing
else, so no level, wave, dirt or weather of one is in the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from siaga_edge.gauge.staff_scale import along_line
from siaga_edge.settings.staff_gauges import StaffSettings
from siaga_sim.scene.staff.view import StaffScript, StaffView

Light = Literal["day", "dusk", "lamp", "infrared"]
LIGHTS: tuple[Light, ...] = ("day", "dusk", "lamp", "infrared")
SITES = ("quay", "pole", "bridge")
TUNING_FROM = 10_000
LOWEST_CM, HIGHEST_CM = 0.0, 200.0  # of the calibrated part
_CLICK_PX = 0.6  # how well a hand marks a graduation


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A script, how its staff was calibrated, and the level at its middle."""

    script: StaffScript
    staff: StaffSettings
    level_cm: float
    light: Light


def story(seed: int, light: Light, *, site: str | None = None, level_cm: float | None = None) -> Story:
    """The same each time for a seed and light."""
    dice = np.random.default_rng([seed, LIGHTS.index(light)])
    level = float(dice.uniform(10, 190)) if level_cm is None else level_cm
    is_wet = dice.random() < 0.35
    script = StaffScript(
        site=site or SITES[int(dice.integers(0, len(SITES)))],
        seed=seed,
        light=light,
        fps=2.0,
        rain=float(dice.uniform(0.2, 0.9)) if is_wet else 0.0,
        waves=float(dice.uniform(0.02, 0.7)),
        wet_band_cm=float(dice.choice([0, dice.uniform(2, 10), dice.uniform(10, 35)])),
        dirt=float(dice.uniform(0.05, 0.75)),
        debris=int(dice.choice([0, 0, 2, 6])),
        shadow=bool(dice.random() < 0.35),
        ink=("black", "black", "blue", "red")[int(dice.integers(0, 4))],
        plate="yellow" if dice.random() < 0.2 else "white",
        levels=((0.0, level),),
    )
    return Story(script=script, staff=calibrated(script, dice), level_cm=level, light=light)


def calibrated(script: StaffScript, dice: np.random.Generator) -> StaffSettings:
    """As a hand calibrates: each 50 cm from zero up, a little beside the mark."""
    view = StaffView(script, near_staff=True)
    jitter = _CLICK_PX / np.array([script.width, script.height])
    marks = np.linspace(LOWEST_CM, HIGHEST_CM, 5)
    spots = [np.array(view.spot(mark)) + dice.normal(0, 1, 2) * jitter for mark in marks]
    ends = [np.array(view.spot(level)) for level in (HIGHEST_CM + 12, LOWEST_CM - 12)]
    line = [np.clip(end, 0, 1).tolist() for end in ends]
    points = [{"at": spot.tolist(), "level_cm": mark} for spot, mark in zip(spots, marks.tolist(), strict=True)]
    inside = [point for point in points if _is_on(line, point["at"])]
    return StaffSettings.model_validate({"line": line, "width": round(view.staff_width(), 4), "points": inside})


def _is_on(line: list[list[float]], at: list[float]) -> bool:
    (x1, y1), (x2, y2) = line
    return 0 <= along_line(((x1, y1), (x2, y2)), (at[0], at[1]))[0] <= 1 and all(0 <= share <= 1 for share in at)
