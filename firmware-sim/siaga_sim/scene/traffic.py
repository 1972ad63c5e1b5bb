"""Where everything is at a time: lanes of traffic, walkers, and the scripted actors. No state: time in, places out."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from siaga_sim.scene.meshes.cast import Model, dice_for, trash_model, vehicle, walker
from siaga_sim.scene.presets import KERB_M, Lane, Layout, Spot
from siaga_sim.scene.script import Parker, StreetScript, TrashItem

FAR_M = 95.0
VARIANTS = 3  # looks of each kind; more would only fill the sprite cache
NEAR_M = 1.0
WALK_MPS = 1.25
CARS_STOP_CM = 28.0  # deeper than a small car's exhaust
HEAVY_STOP_CM = 60.0
HEAVY = frozenset({"bus", "bus2", "truck", "tarp_truck"})
Level = Callable[[float], float]


@dataclass(frozen=True)
class PlacedModel:
    """A model at a place; `name` tells scripted actors from passing traffic, `key` names the model for caches."""

    name: str
    key: tuple[object, ...]
    model: Model
    x_m: float
    y_m: float
    heading_deg: float
    z_m: float = 0.0


def everything(script: StreetScript, layout: Layout, at: float, level: Level) -> list[PlacedModel]:
    """All that moves or was left in the street at a time."""
    placed: list[PlacedModel] = []
    for number, parker in enumerate(script.parkers):
        placed += _parker(f"parker{number}", parker, layout, at)
    for number, trash_pile in enumerate(script.trash):
        placed += _trash(f"trash{number}", number, trash_pile, layout, at, script.seed)
    for number, passer in enumerate(script.passers):
        lane = layout.lanes[passer.lane]
        y = passer.y_m + lane.direction * lane.speed_mps * (at - passer.at)
        placed += in_lane(f"passer{number}", passer.kind, number, lane, y)
    for number, lane in enumerate(layout.lanes):
        placed += _lane(script, layout, number, lane, at, level)
    for number, x in enumerate(layout.walks):
        placed += _walkers(script, layout, number, x, at, level)
    return placed


def in_lane(name: str, kind: str, variant: int, lane: Lane, y: float) -> list[PlacedModel]:
    """A vehicle in its lane, abreast of `y` metres; nothing when that is out of sight."""
    if not NEAR_M < y < FAR_M:
        return []
    heading = 0.0 if lane.direction > 0 else 180.0
    return [PlacedModel(name, (kind, variant), vehicle(kind, variant), lane.x_m, y, heading)]


def _lane(
    script: StreetScript, layout: Layout, number: int, lane: Lane, at: float, level: Level
) -> Iterator[PlacedModel]:
    if script.density <= 0 or any(queue.lane == number for queue in script.queues):
        return
    every = lane.every_seconds / script.density
    crossing = (FAR_M + 10) / lane.speed_mps
    for k in range(math.floor((at - crossing) / every) - 1, math.ceil(at / every) + 1):
        dice = dice_for(script.seed, number, k + 1_000_000)
        starts_at = (k + float(dice.uniform(0, 0.45))) * every
        kind, variant = lane.kinds[int(dice.integers(len(lane.kinds)))], int(dice.integers(VARIANTS))
        gone = lane.speed_mps * (at - starts_at)
        y = gone - 5 if lane.direction > 0 else FAR_M + 5 - gone
        limit_cm = HEAVY_STOP_CM if kind in HEAVY else CARS_STOP_CM
        if gone < 0 or level(max(starts_at, 0.0)) > limit_cm or _held_up(script, layout, lane, starts_at):
            continue
        yield from in_lane(f"lane{number}.{k}", kind, variant, lane, y)


def _held_up(script: StreetScript, layout: Layout, lane: Lane, starts_at: float) -> bool:
    """Whether this vehicle would run into a scripted one; then it is left out."""
    for parker in script.parkers:
        spot = layout.spots[parker.place]
        if abs(lane.x_m - _lane_beside(layout, spot).x_m) > 0.1 and abs(lane.x_m - spot.x_m) > 1.9:
            continue
        distance_m = spot.y_m + 5 if lane.direction > 0 else FAR_M + 5 - spot.y_m
        arrives_at = starts_at + distance_m / lane.speed_mps
        blocks_lane = abs(lane.x_m - spot.x_m) < 1.9
        until = parker.leaves_at if parker.leaves_at is not None else math.inf
        if parker.enters_at - 4 < arrives_at < (until + 6 if blocks_lane else parker.stops_at + 1):
            return True
        if parker.leaves_at is not None and parker.leaves_at - 2 < arrives_at < parker.leaves_at + 9:
            return True
    for passer in script.passers:
        if layout.lanes[passer.lane] is lane:
            distance_m = passer.y_m + 5 if lane.direction > 0 else FAR_M + 5 - passer.y_m
            if abs(starts_at + distance_m / lane.speed_mps - passer.at) < 2.5:
                return True
    return False


def _walkers(
    script: StreetScript, layout: Layout, number: int, x: float, at: float, level: Level
) -> Iterator[PlacedModel]:
    if script.density <= 0:
        return
    every = 16.0 / script.density
    crossing = 60 / WALK_MPS
    direction = 1 if number % 2 else -1
    for k in range(math.floor((at - crossing) / every) - 1, math.ceil(at / every) + 1):
        dice = dice_for(script.seed, 100 + number, k + 1_000_000)
        starts_at = (k + float(dice.uniform(0, 0.8))) * every
        gone = WALK_MPS * (at - starts_at)
        y = 3 + gone if direction > 0 else 60 - gone
        if gone < 0 or not 3 < y < 60 or level(at) > 70:
            continue
        side = x + float(dice.uniform(-0.3, 0.3))
        name = f"walk{number}.{k}"
        yield _walking(
            name, int(dice.integers(VARIANTS)), side, y, 0.0 if direction > 0 else 180.0, at, floor_m(layout, side)
        )


def floor_m(layout: Layout, x: float) -> float:
    """How high the ground is across the street, metres."""
    for strip in layout.strips:
        if strip.left_m <= x < strip.right_m:
            return strip.z_m
    return KERB_M


def _walking(
    name: str, variant: int, x: float, y: float, heading: float, at: float, floor: float, bag: int | None = None
) -> PlacedModel:
    phase = int(at * 0.95 * 6 + variant) % 6
    return PlacedModel(name, ("walker", variant, phase, bag), walker(variant, phase, bag), x, y, heading, floor)


def _lane_beside(layout: Layout, spot: Spot) -> Lane:
    """The lane from which one pulls over to this place."""
    direction = 1 if abs(spot.heading_deg) < 90 else -1
    same = [lane for lane in layout.lanes if lane.direction == direction]
    return min(same, key=lambda lane: abs(abs(lane.x_m - spot.x_m) - 2.3))


def _parker(name: str, parker: Parker, layout: Layout, at: float) -> list[PlacedModel]:
    spot = layout.spots[parker.place]
    lane = _lane_beside(layout, spot)
    distance_m = _signed_distance(parker, spot, lane, at)
    if distance_m is None:
        return []
    y = spot.y_m + lane.direction * distance_m
    if not NEAR_M < y < FAR_M:
        return []
    share = min(abs(distance_m) / 13.0, 1.0)
    ease = share * share * (3 - 2 * share)
    slope = 6 * share * (1 - share) / 13.0 * (1 if distance_m > 0 else -1) * (lane.x_m - spot.x_m)
    heading = (0.0 if lane.direction > 0 else 180.0) + math.degrees(math.atan(slope * 1.0))
    x = spot.x_m + (lane.x_m - spot.x_m) * ease
    variant = 2  # silver, unless the script says otherwise
    model = vehicle(parker.kind, variant, parker.colour)
    return [PlacedModel(name, (parker.kind, variant, parker.colour), model, x, y, heading)]


def _signed_distance(parker: Parker, spot: Spot, lane: Lane, at: float) -> float | None:
    """Metres past the stopping place along the lane (negative before it), None while out of sight."""
    if at < parker.enters_at:
        return None
    if at < parker.stops_at:
        left = 1 - (at - parker.enters_at) / (parker.stops_at - parker.enters_at)
        from_m = spot.y_m + 5 if lane.direction > 0 else min(65.0, FAR_M - spot.y_m)
        return -from_m * left * left
    if parker.leaves_at is None or at < parker.leaves_at:
        return 0.0
    return 0.8 * (at - parker.leaves_at) ** 2


def _trash(name: str, number: int, trash_pile: TrashItem, layout: Layout, at: float, seed: int) -> list[PlacedModel]:
    spot = layout.spots[trash_pile.place]
    floor = floor_m(layout, spot.x_m)
    placed = []
    size = trash_pile.size_at(at)
    if size is not None:
        tenths = round(size * 10)
        model = trash_model(seed * 7 + number, tenths)
        placed.append(PlacedModel(name, ("rubbish", seed * 7 + number, tenths), model, spot.x_m, spot.y_m, 0.0, floor))
    away = WALK_MPS * abs(at - trash_pile.at)
    if trash_pile.brought and away < 16:
        coming = at < trash_pile.at
        x = spot.x_m + (0.9 if spot.x_m < 0 else -0.9) * 0.6
        y = spot.y_m + 0.4 + away
        bag = number if coming else None
        placed.append(_walking(f"{name}.person", number + 2, x, y, 180.0 if coming else 0.0, at, floor, bag))
    return placed
