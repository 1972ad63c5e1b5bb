"""Photos of the story's places as they are at a moment: streets that cameras watch, and places that no camera sees."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2

from siaga_core.rules.geometry import LatLon, distance_m
from siaga_sim.actors import photos
from siaga_sim.actors.photos import HEIGHT, WIDTH, Frame
from siaga_sim.city import City
from siaga_sim.scenario import Scenario
from siaga_sim.scene.street import Street
from siaga_sim.story import World

SAME_PLACE_M = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place of the story where something is wrong until `over_at` (a share of the story; None: until it is mended).

    `camera`: the camera that watches it. `seed`: of a place that no camera sees.
    """

    place: LatLon
    camera: str | None = None
    seed: int = 0
    over_at: float | None = None


@dataclass(slots=True)
class Scenes:
    """Draws photos. Streets are painted once, which takes seconds each."""

    scenario: Scenario
    city: City
    spots: Sequence[Spot]
    _streets: dict[str, Street] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spot_near(self, place: LatLon) -> Spot:
        """The nearest spot of the story; a place that the story does not know has a scene of its own."""
        near = min(self.spots, key=lambda spot: distance_m(spot.place, place), default=None)
        if near is not None and distance_m(near.place, place) <= SAME_PLACE_M:
            return near
        return Spot(place=place, seed=seed_of(place))

    def photo(self, spot: Spot, at_seconds: float, *, is_mended: bool, view: int) -> Frame:
        """The spot as somebody photographs it `at_seconds` into the story. `view`: another one is a step aside.

        A street shows what is on it at that moment, whatever anybody claims; a spot without a camera shows whether it
        was mended.
        """
        if spot.camera is not None:
            return photos.seen_again(self._street_now(spot.camera, at_seconds), view)
        whole = photos.scene(spot.seed)
        return photos.seen_again(whole if is_mended else photos.trouble(whole, spot.seed), spot.seed + view)

    def _street_now(self, camera: str, at_seconds: float) -> Frame:
        with self._lock:
            if camera not in self._streets:
                table = self.scenario.camera_by_id(camera)
                world = World(self.scenario, self.city)
                self._streets[camera] = Street(
                    table.street, level_cm=lambda second: world.street_cm(table.water, second)
                )
            frame = self._streets[camera].frame(at_seconds)
        return cv2.resize(frame, (WIDTH, HEIGHT)).astype("uint8")


def seed_of(place: LatLon) -> int:
    """A seed for a place: the same for spots within some metres."""
    return round(place.lat * -2000) * 100_003 + round(place.lon * 2000)
