"""Maintains the connection to a source while the program runs. One process at a time connects, and it reconnects with
back-off.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Final

import psycopg

from siaga_cloud.connectors import store as connectors
from siaga_cloud.platform.db.connection import Database, backoff_seconds, connect

FIRST_WAIT_SECONDS: Final = 1.0
MOST_WAIT_SECONDS: Final = 300.0
STANDBY_SECONDS: Final = 15.0

log = logging.getLogger(__name__)


class UnreachableError(Exception):
    """The source does not answer or refuses the connection; the message may be shown."""


def poll_forever(
    channel: str,
    database: Database,
    poll_until: Callable[[Callable[[], None]], None],
    *,
    stop: threading.Event,
    first_wait_seconds: float = FIRST_WAIT_SECONDS,
) -> None:
    """Run `poll_until(well)` repeatedly until `stop` is set; it calls `well` whenever its source has answered.

    Where another process holds the channel, it waits for that one to end.
    """
    attempt = 0

    def well() -> None:
        nonlocal attempt
        attempt = 0
        with database.transaction() as conn:
            connectors.count_poll(conn, channel, now=datetime.now(UTC))

    while not stop.is_set():
        try:
            with _held(database.url, channel) as is_ours:
                if is_ours:
                    poll_until(well)
                else:
                    stop.wait(STANDBY_SECONDS)
            continue
        except (UnreachableError, psycopg.Error) as error:
            attempt += 1
            wait = backoff_seconds(attempt, first=first_wait_seconds, most=MOST_WAIT_SECONDS)
            log.warning("channel %s could not be polled (%s); retrying in %.0f s", channel, error, wait)
            if isinstance(error, UnreachableError):
                _count(database, channel, str(error))
        stop.wait(wait)


@contextmanager
def _held(url: str, channel: str) -> Iterator[bool]:
    """Yield whether this process holds the channel, by a lock of its own connection to the database."""
    conn = connect(url, name=f"siaga-fetch-{channel}")
    try:
        conn.autocommit = True
        yield connectors.hold(conn, channel)
    finally:
        conn.close()


def _count(database: Database, channel: str, error: str) -> None:
    with suppress(psycopg.Error), database.transaction() as conn:
        connectors.count_refusal(conn, channel, error=error, now=datetime.now(UTC))
