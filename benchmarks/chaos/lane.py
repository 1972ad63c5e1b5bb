"""What a bad network does to packets in one direction: late, out of order, lost, twice, too many, not at all. Pure."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field

# As in a router: what does not fit into its queue is dropped.
MOST_WAITING = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How a network is. Jitter is on top of the delay, by packet, so that packets overtake each other."""

    delay_seconds: float = 0.0
    jitter_seconds: float = 0.0
    loss: float = 0.0
    duplicate: float = 0.0
    bytes_per_second: float = 0.0  # 0: as fast as it goes
    is_cut: bool = False


FINE = Conditions()


@dataclass(slots=True)
class Tally:
    """What became of packets. `overflown`: for lack of room; `overtaken`: left after one that came later."""

    came: int = 0
    lost: int = 0
    overflown: int = 0
    doubled: int = 0
    overtaken: int = 0


@dataclass(slots=True)
class Lane:
    """One direction. Times are seconds of a clock that only rises."""

    chance: random.Random
    conditions: Conditions = FINE
    tally: Tally = field(default_factory=Tally)
    _waiting: list[tuple[float, int, bytes]] = field(default_factory=list)
    _free_at: float = 0.0
    _newest: int = 0
    _last_left: int = 0

    def put(self, packet: bytes, now: float) -> None:
        """A packet comes in."""
        self.tally.came += 1
        there = self.conditions
        if there.is_cut or self.chance.random() < there.loss:
            self.tally.lost += 1
            return
        self._queue(packet, now)
        if self.chance.random() < there.duplicate:
            self.tally.doubled += 1
            self._queue(packet, now)

    def due(self, now: float) -> list[bytes]:
        """What leaves by now, in the order in which it leaves. Nothing leaves while the line is cut."""
        found: list[bytes] = []
        while self._waiting and self._waiting[0][0] <= now:
            _, number, packet = heapq.heappop(self._waiting)
            if self.conditions.is_cut:
                self.tally.lost += 1
                continue
            self.tally.overtaken += number < self._last_left
            self._last_left = max(self._last_left, number)
            found.append(packet)
        return found

    def next_at(self) -> float | None:
        """When something leaves next; None while nothing waits."""
        return self._waiting[0][0] if self._waiting else None

    def __len__(self) -> int:
        return len(self._waiting)

    def _queue(self, packet: bytes, now: float) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.tally.overflown += 1
            return
        there = self.conditions
        leaves = now
        if there.bytes_per_second:
            leaves = self._free_at = max(now, self._free_at) + len(packet) / there.bytes_per_second
        self._newest += 1
        late = there.delay_seconds + self.chance.uniform(0, there.jitter_seconds)
        heapq.heappush(self._waiting, (leaves + late, self._newest, packet))
