"""Runs the role `publish`: a round every two seconds, until it is stopped."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import psycopg
from psycopg import IsolationLevel

from siaga_cloud.platform.db import callers
from siaga_cloud.platform.db.connection import Connection, backoff_seconds, connect
from siaga_cloud.published.metrics import PublishMetrics
from siaga_cloud.published.publisher import Publisher, RoundCount
from siaga_cloud.published.reading import utc_now

ROUND_SECONDS: Final = 2.0
STATEMENT_SECONDS: Final = 5.0
PROGRAM: Final = "siaga-publish"

log = logging.getLogger(__name__)


@contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """Yield a connection whose transactions read one state of the database, write nothing, and act for the public."""
    with connect(url, statement_timeout_seconds=STATEMENT_SECONDS, name=PROGRAM) as conn:
        conn.isolation_level, conn.read_only = IsolationLevel.REPEATABLE_READ, True
        yield conn


def publish_once(publisher: Publisher, conn: Connection, *, at: datetime) -> RoundCount:
    """Run one round; raises psycopg.Error and OSError."""
    with conn.transaction():
        callers.act_for(conn, None, writes=False)
        publisher.read(conn, at=at)
    return publisher.write()


def run_publisher(
    publisher: Publisher,
    url: str,
    *,
    stop: threading.Event,
    metrics: PublishMetrics,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Publish until `stop`. While the database or the folder fails, the files stay as they are and grow old."""
    failures = 0
    while not stop.is_set():
        try:
            with snapshot(url) as conn:
                while not stop.is_set():
                    stop.wait(_round(publisher, conn, metrics, clock))
                    failures = 0
        except (psycopg.Error, OSError) as error:
            failures += 1
            metrics.rounds.labels("failed").inc()
            if failures == 1:
                log.warning(
                    "nothing can be published (%s: %s); retrying", type(error).__name__, str(error).partition("\n")[0]
                )
            stop.wait(backoff_seconds(failures))


def _round(publisher: Publisher, conn: Connection, metrics: PublishMetrics, clock: Callable[[], datetime]) -> float:
    """Run a round and return how long to wait for the next."""
    at, began = clock(), time.monotonic()
    count = publish_once(publisher, conn, at=at)
    seconds = time.monotonic() - began
    metrics.seconds.observe(seconds)
    metrics.rounds.labels("done").inc()
    metrics.files.labels("written").inc(count.written)
    metrics.files.labels("removed").inc(count.removed)
    metrics.published_at.set(at.timestamp())
    metrics.beat()
    return max(0.0, ROUND_SECONDS - seconds)
