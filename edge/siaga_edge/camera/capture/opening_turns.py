"""Lets the cameras of one host open one after another: recorders and cameras behind one line prepare streams slowly."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

_CHECK_SECONDS = 0.2


class OpeningTurn:
    """One opening; `end` lets the next one of the host begin."""

    def __init__(self, turns: OpeningTurns, host: str) -> None:
        self._turns, self._host = turns, host
        self.has_ended = False

    def end(self) -> None:
        """End the turn; a second call does nothing."""
        if not self.has_ended:
            self.has_ended = True
            self._turns.leave(self._host, self)


class OpeningTurns:
    """The openings of a process by host, in the sequence in which they came; safe from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[OpeningTurn]] = {}

    @contextmanager
    def turn(self, host: str, stopping: threading.Event) -> Iterator[OpeningTurn]:
        """Wait for the turn of an opening, or until `stopping` is set; it ends with the block at the latest."""
        turn = OpeningTurn(self, host)
        with self._changed:
            self._waiting.setdefault(host, deque()).append(turn)
            while self._waiting[host][0] is not turn and not stopping.is_set():
                self._changed.wait(_CHECK_SECONDS)
        try:
            yield turn
        finally:
            turn.end()

    def count(self, host: str) -> int:
        """Return how many openings of a host are in progress or wait."""
        with self._changed:
            return len(self._waiting.get(host, ()))

    def leave(self, host: str, turn: OpeningTurn) -> None:
        """Take a turn out of the queue of its host."""
        with self._changed:
            waiting = self._waiting[host]
            waiting.remove(turn)
            if not waiting:
                del self._waiting[host]
            self._changed.notify_all()
