"""What streets keep of their drawn pieces has one budget; pictures are the same with little of it as with much."""

from functools import partial

import numpy as np

from siaga_sim.cameras.streets import DeferredStreet
from siaga_sim.scene.raster import Sprite
from siaga_sim.scene.script import StreetScript, parse
from siaga_sim.scene.sprite_store import PLACE_BYTES, Piece, SpriteStore

KIB = 1024


def piece(kib: int) -> Piece:
    layer = np.zeros((kib, KIB // 5), np.uint8)
    colour = np.zeros((kib, KIB // 5, 3), np.uint8)
    return Sprite(left=0, top=0, colour=colour, alpha=layer, height=layer), None


def busy(seed: int) -> StreetScript:
    return parse({"layout": "market", "width": 320, "height": 180, "seed": seed, "density": 1.5})


def dry(_: float) -> float:
    return 0.0


def test_several_streets_together_remain_within_one_budget() -> None:
    store = SpriteStore(600 * KIB)
    streets = [DeferredStreet(busy(seed), dry, store=store) for seed in (1, 2, 3)]
    held = []
    for at in range(12):
        for street in streets:
            street.frame(float(at))
            held.append(store.held_bytes)
    assert max(held) <= 600 * KIB
    assert held[-1] > 400 * KIB  # it is used, and more than it holds was drawn


def test_a_small_store_gives_the_same_frames_as_a_large_one() -> None:
    poor, rich = DeferredStreet(busy(4), dry, store=SpriteStore(64 * KIB)), DeferredStreet(busy(4), dry)
    for at in (0.0, 3.0, 0.4, 3.4):
        assert np.array_equal(poor.frame(at), rich.frame(at))


def test_streets_that_share_a_store_do_not_use_each_others_pieces() -> None:
    store = SpriteStore()
    by_day, by_night = busy(5), busy(5).model_copy(update={"light": "night"})
    shared = [DeferredStreet(script, dry, store=store).frame(6.0) for script in (by_day, by_night)]
    alone = [DeferredStreet(script, dry).frame(6.0) for script in (by_day, by_night)]
    assert all(np.array_equal(one, other) for one, other in zip(shared, alone, strict=True))


def test_what_was_not_used_for_the_longest_time_goes_first() -> None:
    store = SpriteStore(100 * KIB)
    drawn: list[str] = []

    def draw(name: str) -> Piece:
        drawn.append(name)
        return piece(30)

    for name in ("a", "b", "c", "a", "d", "a", "b"):
        store.piece((name,), partial(draw, name))
    assert drawn == ["a", "b", "c", "d", "b"]


def test_a_piece_that_is_too_heavy_is_drawn_and_not_cached() -> None:
    store = SpriteStore(10 * KIB)
    assert store.piece(("bus",), lambda: piece(20)) is not None
    assert store.held_bytes == 0


def test_places_of_what_cannot_be_seen_are_bounded_too() -> None:
    store = SpriteStore(10 * PLACE_BYTES)
    for number in range(1000):
        store.piece((number,), lambda: None)
    assert store.held_bytes <= 10 * PLACE_BYTES
