"""Runs scheduled work as jobs, one at a time, without queueing another meanwhile.

A failed job means that its work is not done. Once the work is done, the earlier failed jobs are deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from procrastinate import App

from siaga_cloud.platform.db import jobs
from siaga_cloud.platform.db.connection import Database, is_transient
from siaga_cloud.platform.db.jobs import UPKEEP_QUEUE
from siaga_cloud.platform.jobs.retries import JitteredRetry

_T = TypeVar("_T")
# Over in about four minutes, long before the next one comes, which would wait in this one's place.
SELDOM_RETRY = JitteredRetry(most_attempts=8, passes=is_transient)


def every(app: App, database: Database, name: str, cron: str, work: Callable[..., _T], *, priority: int = 0) -> None:
    """Runs `work(conn, now=...)` each few seconds or minutes. One that failed is made good by the next one."""
    by_schedule(app, database, name, cron, _in_transaction(database, work), priority=priority)


def seldom(app: App, database: Database, name: str, cron: str, work: Callable[..., _T]) -> None:
    """The same for what comes once an hour or a day: what may pass is tried again, not left until then."""
    by_schedule(app, database, name, cron, _in_transaction(database, work), retry=SELDOM_RETRY)


def by_schedule(
    app: App,
    database: Database,
    name: str,
    cron: str,
    work: Callable[[], _T],
    *,
    queue: str = UPKEEP_QUEUE,
    priority: int = 0,
    retry: JitteredRetry | None = None,
) -> None:
    """Runs `work`, whose transactions are its own."""
    owed = [True]  # by whoever ran before this process

    @app.periodic(cron=cron)
    @app.task(
        name=name,
        queue=queue,
        priority=priority,
        lock=name,
        queueing_lock=name,
        retry=retry or False,
        aliases=jobs.former_names(name),
    )
    def run(timestamp: int) -> None:
        owes, owed[0] = owed[0], True
        work()
        if owes:
            with database.transaction() as conn:
                jobs.forget_failures(conn, name)
        owed[0] = False


def _in_transaction(database: Database, work: Callable[..., _T]) -> Callable[[], _T]:
    def run() -> _T:
        with database.transaction() as conn:
            return work(conn, now=datetime.now(UTC))

    return run
