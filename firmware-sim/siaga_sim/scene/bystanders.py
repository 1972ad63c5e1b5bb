"""What stands about, and queues that move up: places of what neither drives through nor is told as the story."""

from __future__ import annotations

import math
from collections.abc import Iterator

from siaga_sim.scene.meshes.cast import vehicle, walker
from siaga_sim.scene.presets import Layout
from siaga_sim.scene.script import Queue, Stander, StreetScript
from siaga_sim.scene.traffic import FAR_M, VARIANTS, PlacedModel, floor_m, in_lane

_STANDING_PHASE = 0
_BAG = 2  # a white one


def everyone(script: StreetScript, layout: Layout, at: float) -> Iterator[PlacedModel]:
    """All that stands or queues at a time."""
    for number, stander in enumerate(script.standers):
        if stander.is_there(at):
            yield _standing(f"stander{number}", number, stander, layout)
    for queue in script.queues:
        yield from _queueing(queue, layout, at)


def _standing(name: str, number: int, stander: Stander, layout: Layout) -> PlacedModel:
    spot = layout.spots[stander.place] if stander.place else None
    x, y = (spot.x_m, spot.y_m) if spot else (stander.x_m, stander.y_m)
    heading = spot.heading_deg if spot else stander.heading_deg
    floor = floor_m(layout, x)
    if stander.kind in ("person", "person_with_bag"):
        variant = number % VARIANTS
        bag = _BAG if stander.kind == "person_with_bag" else None
        key = ("walker", variant, _STANDING_PHASE, bag)
        return PlacedModel(name, key, walker(variant, _STANDING_PHASE, bag), x, y, heading, floor)
    model = vehicle(stander.kind, number, stander.colour)
    return PlacedModel(name, (stander.kind, number, stander.colour), model, x, y, heading, floor)


def _queueing(queue: Queue, layout: Layout, at: float) -> Iterator[PlacedModel]:
    lane = layout.lanes[queue.lane]
    gone = queue.places_gone(at)
    reach = math.ceil(FAR_M / queue.gap_m) + 1
    for place in range(math.floor(gone) - reach, math.ceil(gone) + reach):
        y = queue.head_y_m + lane.direction * queue.gap_m * (gone - place)
        kind = queue.kinds[(place * 5 + place // 3) % len(queue.kinds)]
        yield from in_lane(f"queue{queue.lane}.{place}", kind, place % VARIANTS, lane, y)
