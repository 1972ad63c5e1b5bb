"""Many threads store at once: those that wait share a transaction, and an item that cannot be stored harms no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from siaga_cloud.platform.shared_commit import NotStoredError, SharedCommit
from siaga_sim.stack.child import wait_until

POISON, UNKNOWN = -1, -2


class World:
    """Records every batch; the first transaction lasts until it is released. `more`: what the store does besides."""

    def __init__(self, more: Callable[[Sequence[int]], None] = lambda _: None, *, most: int = 64) -> None:
        self.batches: list[list[int]] = []
        self.released, self.began, self._more = threading.Event(), threading.Event(), more
        self.commit: SharedCommit[int, str] = SharedCommit(self._store, most=most)
        self.pool = ThreadPoolExecutor(20)

    def _store(self, items: Sequence[int]) -> list[str]:
        self.batches.append(list(items))
        self.began.set()
        assert self.released.wait(30)
        self._more(items)
        return [f"receipt {one}" for one in items]

    def send(self, items: Sequence[int]) -> list[Future[str]]:
        """The first item is being stored, the others wait; then the first transaction ends."""
        first = self.pool.submit(self.commit.run, items[0])
        assert self.began.wait(30)
        others = []
        for count, item in enumerate(items[1:], start=1):
            others.append(self.pool.submit(self.commit.run, item))
            wait_until(lambda count=count: self.commit.waiting == count, seconds=30, what="the queue")  # type: ignore[misc]
        self.released.set()
        return [first, *others]


def test_what_waits_is_stored_together_and_everybody_gets_the_own_receipt() -> None:
    world = World()
    found = world.send(range(6))
    assert [one.result(30) for one in found] == [f"receipt {item}" for item in range(6)]
    assert world.batches == [[0], [1, 2, 3, 4, 5]]
    assert world.commit.waiting == 0


def test_no_more_than_the_bound_are_stored_together() -> None:
    world = World(most=2)
    assert [one.result(30) for one in world.send(range(6))] == [f"receipt {item}" for item in range(6)]
    assert world.batches == [[0], [1, 2], [3, 4], [5]]


def test_an_item_that_cannot_be_stored_alone_gets_the_error() -> None:
    def refuse(items: Sequence[int]) -> None:
        if POISON in items:
            raise ValueError("not text")

    first, good, poison, other = World(refuse).send([0, 1, POISON, 2])
    assert [one.result(30) for one in (first, good, other)] == ["receipt 0", "receipt 1", "receipt 2"]
    with pytest.raises(ValueError, match="not text"):
        poison.result(30)


def test_while_the_database_is_away_nobody_tries_one_by_one() -> None:
    def fail(items: Sequence[int]) -> None:
        if items != [0]:
            raise psycopg.OperationalError("the server is gone")

    world = World(fail)
    first, *others = world.send([0, 1, 2, 3])
    assert first.result(30) == "receipt 0"
    for one in others:
        with pytest.raises(psycopg.OperationalError):
            one.result(30)
    assert world.batches == [[0], [1, 2, 3]]


def test_a_mistake_of_the_program_is_raised_once_and_ends_nothing_else() -> None:
    def fail(items: Sequence[int]) -> None:
        if UNKNOWN in items:
            raise KeyError("mistake")

    world = World(fail)
    first, *others = world.send([0, 1, UNKNOWN])
    assert first.result(30) == "receipt 0"
    raised = {type(one.exception(30)) for one in others}
    assert raised == {KeyError, NotStoredError}
    assert world.commit.run(7) == "receipt 7"
