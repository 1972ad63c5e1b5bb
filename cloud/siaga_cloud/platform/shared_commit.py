"""Stores what many requests bring at the same time in one transaction, so that a crowd needs few of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import psycopg

from siaga_cloud.platform.db.connection import is_transient
from siaga_cloud.platform.errors import SiagaError

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_TOGETHER: Final = 64
# What one item can cause; every other error is of the program and ends the request that stores.
_OF_AN_ITEM: Final = (psycopg.Error, SiagaError, ValueError)


class NotStoredError(RuntimeError):
    """The request that stored for others failed in a way that says nothing about them."""


@dataclass(slots=True, eq=False)
class _Entry(Generic[Item, Result]):
    item: Item
    result: list[Result] = field(default_factory=list)
    error: BaseException | None = None
    is_done: bool = False

    def outcome(self) -> Result:
        if self.error is not None:
            raise self.error
        return self.result[0]


class SharedCommit(Generic[Item, Result]):
    """Lets the first of several threads store for all that wait; one stores at a time.

    `store` must do its work in one transaction and return a result for each item, in sequence.
    """

    def __init__(self, store: Callable[[Sequence[Item]], Sequence[Result]], *, most: int = MOST_TOGETHER) -> None:
        self._store, self._most = store, most
        self._changed = threading.Condition()
        self._queue: deque[_Entry[Item, Result]] = deque()
        self._is_storing = False

    @property
    def waiting(self) -> int:
        """Return how many items wait for their turn."""
        return len(self._queue)

    def run(self, item: Item) -> Result:
        """Return the result for this item once it is committed; raises what its own storing raised."""
        waiting: _Entry[Item, Result] = _Entry(item)
        with self._changed:
            self._queue.append(waiting)
        while batch := self._next_batch(waiting):
            self._settle(batch)
        return waiting.outcome()

    def _next_batch(self, own: _Entry[Item, Result]) -> list[_Entry[Item, Result]]:
        """Wait for a turn to store and return what is to be stored; empty where another thread stored `own`."""
        with self._changed:
            self._changed.wait_for(lambda: own.is_done or not self._is_storing)
            if own.is_done:
                return []
            self._is_storing = True
            return [self._queue.popleft() for _ in range(min(self._most, len(self._queue)))]

    def _settle(self, batch: Sequence[_Entry[Item, Result]]) -> None:
        try:
            self._store_together(batch)
        finally:
            with self._changed:
                for one in batch:
                    if not one.result and one.error is None:
                        one.error = NotStoredError("what was stored with this failed; send it again")
                    one.is_done = True
                self._is_storing = False
                self._changed.notify_all()

    def _store_together(self, batch: Sequence[_Entry[Item, Result]]) -> None:
        try:
            for one, result in zip(batch, self._store([one.item for one in batch]), strict=True):
                one.result.append(result)
        except _OF_AN_ITEM as error:
            if len(batch) > 1 and not is_transient(error):
                self._store_apart(batch)
                return
            for one in batch:
                one.error = error

    def _store_apart(self, batch: Sequence[_Entry[Item, Result]]) -> None:
        """One of them cannot be stored: it alone gets the error."""
        for one in batch:
            self._store_together([one])
