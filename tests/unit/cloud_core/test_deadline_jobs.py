"""Work that the clock brings: what a failure leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector

from siaga_cloud.platform.jobs import periodic as clock_jobs


class CountingDatabase:
    """A database whose transactions only count the statements in them."""

    def __init__(self) -> None:
        self.executed: list[str] = []

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        yield self

    def execute(self, statement: str, _values: object) -> None:
        self.executed.append(statement)


def run(work: Callable[..., None], register: Callable[..., None], times: int = 1) -> tuple[list[str], CountingDatabase]:
    app, database = App(connector=InMemoryConnector()), CountingDatabase()
    register(app, database, "tend", "0 0 1 1 *", work)
    for _ in range(times):
        app.tasks["tend"].defer(timestamp=0)
        asyncio.run(app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False))
    connector = app.connector
    assert isinstance(connector, InMemoryConnector)
    return [str(job["status"]) for job in connector.jobs.values()], database


def failing(error: Exception) -> Callable[..., None]:
    def work(_conn: object, *, now: object) -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("register", "error", "status"),
    [
        (clock_jobs.seldom, psycopg.OperationalError("gone"), "todo"),
        (clock_jobs.seldom, ValueError("a fault of ours"), "failed"),
        (clock_jobs.every, psycopg.OperationalError("gone"), "failed"),
    ],
)
def test_a_rare_failure_is_retried_and_the_rest_is_left_to_the_next_one(
    register: Callable[..., None], error: Exception, status: str
) -> None:
    assert run(failing(error), register)[0] == [status]


def test_failures_are_forgotten_once_their_work_is_done_and_not_looked_for_each_time() -> None:
    tries = iter([None, None, ValueError("once"), None, None])

    def work(_conn: object, *, now: object) -> None:
        if (error := next(tries)) is not None:
            raise error

    statuses, database = run(work, clock_jobs.every, times=5)
    assert statuses.count("failed") == 1
    assert len(database.executed) == 2, "at the beginning, and after the one that failed"
