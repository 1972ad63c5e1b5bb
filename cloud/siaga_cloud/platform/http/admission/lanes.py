"""Counts the requests of one kind that are in hand, and holds the next ones for a short time."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import Gauge

WAITING: Final = 48  # in each lane
WAIT_SECONDS: Final = 3.0


class NoPlaceError(Exception):
    """A lane has no place and no room to wait."""


@dataclass(slots=True)
class Lane:
    """Counts the requests in hand, and holds those that wait for a short time; belongs to one event loop."""

    name: str
    places: int
    waiting: int = WAITING
    wait_seconds: float = WAIT_SECONDS
    in_hand: int = 0
    queue: deque[asyncio.Future[None]] = field(default_factory=deque)

    def show(self, gauge: Gauge) -> None:
        """Let a gauge show how many requests are in hand and how many wait, whenever it is read."""
        gauge.labels(self.name, "in_hand").set_function(lambda: self.in_hand)
        gauge.labels(self.name, "waiting").set_function(lambda: len(self.queue))

    async def enter(self) -> None:
        """Occupy a place; raises NoPlaceError at once where too many wait, or after a wait in vain."""
        if self.in_hand < self.places:
            self.in_hand += 1
            return
        if len(self.queue) >= self.waiting:
            raise NoPlaceError
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.queue.append(turn)
        try:
            async with asyncio.timeout(self.wait_seconds):
                await turn
        except BaseException as error:
            self._give_up(turn)
            if isinstance(error, TimeoutError):
                raise NoPlaceError from None
            raise

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():
            self.leave()  # the place came in the same moment
        elif turn in self.queue:
            self.queue.remove(turn)

    def leave(self) -> None:
        """Pass the place to the one that waits longest."""
        while self.queue:
            turn = self.queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.in_hand -= 1
