"""Drawn pieces that are stored for the next frames, within one budget for as many streets as share it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeAlias

from siaga_sim.scene.raster import Sprite

# The demo's six streets draw two pieces a frame anew with this: 10 ms a frame in place of 7 that all memory would buy.
CACHE_BYTES = 128 * 2**20
# A place costs something even where nothing of the thing is in the image.
PLACE_BYTES = 1024

# A thing and its shadow; None: seen from there, no part of it is in the image.
Piece: TypeAlias = tuple[Sprite, Sprite | None] | None
Key: TypeAlias = tuple[object, ...]


class SpriteStore:
    """At most so many bytes of pieces, those not used for the longest time given up first. For any thread."""

    def __init__(self, most_bytes: int = CACHE_BYTES) -> None:
        self.most_bytes = most_bytes
        self._pieces: OrderedDict[Key, Piece] = OrderedDict()
        self._held_bytes = 0
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """What the pieces weigh."""
        return self._held_bytes

    def piece(self, key: Key, draw: Callable[[], Piece]) -> Piece:
        """The piece that is stored under the key, drawn where there is none."""
        with self._lock:
            if key in self._pieces:
                self._pieces.move_to_end(key)
                return self._pieces[key]
        drawn = draw()
        with self._lock:
            self._save(key, drawn)
        return drawn

    def _save(self, key: Key, piece: Piece) -> None:
        if key in self._pieces:
            self._held_bytes -= _weight(self._pieces.pop(key))
        self._pieces[key] = piece
        self._held_bytes += _weight(piece)
        while self._held_bytes > self.most_bytes:
            _, oldest = self._pieces.popitem(last=False)
            self._held_bytes -= _weight(oldest)


def _weight(piece: Piece) -> int:
    return PLACE_BYTES + sum(sprite.nbytes for sprite in piece or () if sprite)
