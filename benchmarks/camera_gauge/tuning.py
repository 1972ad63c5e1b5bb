"""The drawn looks that the weights are learned on: whole staffs and short ones, one frame and several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from benchmarks.camera_gauge.fit import Example
from benchmarks.camera_gauge.stories import LIGHTS, TUNING_FROM, Story, story

from siaga_edge.gauge.staff_cues import evidence
from siaga_edge.gauge.staff_look import wet_beside
from siaga_edge.gauge.staff_strip import Floats, StaffPlace, Strips, cut
from siaga_edge.vision.ports import WaterSegmenter
from siaga_sim.scene.staff.clip import StationarySurroundings

_FRAMES = 5
_OFF_STAFF = 11  # each so many stories has its water over or under the staff


def examples(count: int, water: WaterSegmenter) -> Iterator[Example]:
    """Of so many stories; the same each time."""
    for number in range(count):
        dice = np.random.default_rng(number)
        off = number % _OFF_STAFF == _OFF_STAFF - 1
        level = float(dice.choice([-35, -30, 235, 240])) if off else None
        one = story(TUNING_FROM + number, LIGHTS[number % len(LIGHTS)], level_cm=level)
        strips, wet = _strips(one, water if dice.random() < 0.75 else None)
        yield Example(found=evidence(strips, wet), level_cm=one.level_cm)
        if not off:
            short, wet = _short(strips, wet, one.level_cm, dice)
            yield Example(found=evidence(short, wet), level_cm=one.level_cm)


def _strips(one: Story, water: WaterSegmenter | None) -> tuple[Strips, Floats | None]:
    view = StationarySurroundings(one.script)
    frames = [view.frame(number / one.script.fps) for number in range(_FRAMES)]
    place = StaffPlace(line=one.staff.line, width=one.staff.width, scale=one.staff.scale())
    strips = cut(frames, place)
    if water is None or one.light == "infrared":
        return strips, None
    size = {"width": one.script.width, "height": one.script.height}
    return strips, wet_beside(water.look(frames[0]), place, strips.levels_cm, **size)


def _short(
    strips: Strips, wet: Floats | None, level_cm: float, dice: np.random.Generator
) -> tuple[Strips, Floats | None]:
    """A part of the staff about the water, in one frame or all."""
    save = (strips.levels_cm < level_cm + dice.uniform(25, 130)) & (strips.levels_cm > level_cm - dice.uniform(10, 90))
    frames = slice(0, 1) if dice.random() < 0.5 else slice(None)
    short = replace(
        strips,
        staff=strips.staff[frames][:, save],
        flanks=strips.flanks[frames][:, save],
        levels_cm=strips.levels_cm[save],
        pixel_cm=strips.pixel_cm[save],
    )
    return short, None if wet is None else wet[save]
