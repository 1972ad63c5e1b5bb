"""Checks whether the clock of a program is right, from its start on.

A wrong clock would reject nodes' messages, end leases and sessions, and start deadlines at wrong times.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

import psycopg
from prometheus_client import CollectorRegistry, Gauge

from siaga_cloud.platform.db.clock import ahead_seconds
from siaga_cloud.platform.db.connection import connect

EVERY_SECONDS = 30.0
AWAY_SECONDS = 1.0  # while the database is away

log = logging.getLogger(__name__)


def database_ahead_seconds(url: str) -> float | None:
    """Return how far we are ahead of that database, in seconds; None while it does not answer."""
    try:
        with connect(url, name="siaga-clock") as conn:
            return ahead_seconds(conn)
    except psycopg.Error:
        return None


def complaint(ahead: float, limit_seconds: float) -> str | None:
    """Return what is wrong, and what to do; None within the limit, or where there is none (0)."""
    if not limit_seconds or abs(ahead) <= limit_seconds:
        return None
    direction = "ahead of" if ahead > 0 else "behind"
    off = timedelta(seconds=round(abs(ahead)))
    return (
        f"the clock of this server is {off} {direction} the database's clock, expected at most {limit_seconds:g} s;"
        " correct it (NTP)"
    )


class ClockWatch:
    """Runs a thread that checks repeatedly. `on_wrong` is called when the first check shows that this program must not
    start.

    Later checks only raise an alarm, because the clock of the database server may then be the wrong one for all
    programs at once.
    """

    def __init__(
        self,
        read_clock: Callable[[], float | None],
        registry: CollectorRegistry,
        *,
        limit_seconds: float,
        on_wrong: Callable[[], None],
    ) -> None:
        self._read_clock, self._limit_seconds, self._on_wrong = read_clock, limit_seconds, on_wrong
        self._gauge = Gauge(
            "siaga_clock_ahead_seconds",
            "how far the clock here is ahead of the database's; negative: behind",
            registry=registry,
        )
        self._has_read = self._is_wrong = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        """Start the thread of the watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread of the watch."""
        self._stopping.set()

    def look(self) -> float:
        """One look; after how many seconds the next is due."""
        ahead = self._read_clock()
        if ahead is None:
            return EVERY_SECONDS if self._has_read else AWAY_SECONDS
        self._gauge.set(ahead)
        wrong, was_wrong = complaint(ahead, self._limit_seconds), self._is_wrong
        self._is_wrong = wrong is not None
        if wrong and not was_wrong:
            log.error("%s", wrong)
        if was_wrong and not wrong:
            log.info("the clock of this server is right again")
        if wrong and not self._has_read:
            self._on_wrong()
        self._has_read = True
        return EVERY_SECONDS

    def _run(self) -> None:
        while not self._stopping.wait(self.look()):
            pass
